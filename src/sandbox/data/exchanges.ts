/** Exchanges, as the vendor spells them: letter used in the token table | id | name. */
export const exchangeTable = `
a|binance|Binance
b|gdax|Coinbase Exchange
c|kraken|Kraken
d|okex|OKX
e|bybit_spot|Bybit
f|kucoin|KuCoin
g|gate|Gate
h|bitget|Bitget
i|mxc|MEXC
j|huobi|HTX
k|upbit|Upbit
l|bithumb|Bithumb
m|bitfinex|Bitfinex
n|bitstamp|Bitstamp
o|gemini|Gemini
p|crypto_com|Crypto.com Exchange
q|binance_us|Binance US
r|bitmart|BitMart
s|xt|XT.COM
t|coinex|CoinEx
u|digifinex|DigiFinex
v|lbank|LBank
w|hitbtc|HitBTC
x|bingx|BingX
y|poloniex|Poloniex
z|whitebit|WhiteBIT
A|phemex|Phemex
B|bitvavo|Bitvavo
C|indodax|Indodax
D|btcturk|BtcTurk | Kripto
E|coindcx|CoinDCX
F|probit|ProBit Global
G|uniswap_v2|Uniswap V2 (Ethereum)
H|uniswap_v3|Uniswap V3 (Ethereum)
I|uniswap_v3_arbitrum|Uniswap V3 (Arbitrum One)
J|uniswap-v3-base|Uniswap V3 (Base)
K|aerodrome-base|Aerodrome (Base)
L|curve_ethereum|Curve (Ethereum)
M|sushiswap|Sushiswap
N|pancakeswap_new|PancakeSwap (v2)
O|pancakeswap-v3-bsc|PancakeSwap V3 (BSC)
P|quickswap_v3|Quickswap (v3)
Q|raydium2|Raydium
R|orca|Orca
S|hyperliquid-spot|Hyperliquid
T|sunswap-v3|SunSwap V3
U|cetus|Cetus
V|grovex|GroveX
`;
