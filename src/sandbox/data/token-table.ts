/**
 * The tokens of the data set, greatest market cap first. Ids, symbols, names and categories are
 * the vendor's; prices (USD) and market caps (million USD) are the level around which the invented
 * history moves.
 *
 * id | symbol | name | slug | first day | price | market cap | what its price follows: a token id,
 * or usd | category ids | exchange letters
 */
export const tokenTable = `
3375|BTC|Bitcoin|bitcoin|2021-01-01|103900|2065000||63 436 281 28|abcdefghijklmnopqrstuvwxyzABCDEFV
3306|ETH|Ethereum|ethereum|2021-01-01|2530|305000||438 63 28 143 619|abcdefghijklmnopqrstuvwxyzABCDEFLV
3379|USDT|Tether|tether|2021-01-01|1|153000|usd|159 180 143 23 25 106 277 12 260 619 49 460 122 504|abcdefghijklmnopqrstuvwxyzACDEFGHLMQRTV
3369|XRP|XRP|xrp|2021-01-01|2.15|126000||597 642|abcdefghijklmnopqrstuvwxyzABCDEFV
3312|BNB|BNB|bnb|2021-01-01|655|95600||80 143 438 99 28 202 102 63|acdefghilqrstuvwxyABCEFHV
3988|SOL|Solana|solana|2021-01-01|156|81500||202 28 63 438 642 25|abcdefghijklmnopqrstuvwxyzABCDEFV
3396|USDC|USDC|usdc|2021-01-01|0.9998|61000|usd|203 260 119 23 266 25 504 122 106 619 39 642 180 49 652 246 143 151 12 261 157|abcdefghijklmnoqrstuvwxyzABCDEFGHIJKLMPQRSUV
3393|DOGE|Dogecoin|dogecoin|2021-01-01|0.19|28500||436 217 28 54 219|abcdefghijklmnopqrstuvxyzABCDEFNV
3315|ADA|Cardano|cardano|2021-01-01|0.68|24300||131 202 28 63 642 438|abcdefghijklmnpqrstuvwxyzABCDEV
3119|TRX|TRON|tron|2021-01-01|0.268|24178.5||28 202 644 438 619 63 260|acdefghijklmrstuvwxyzABCDEFV
15155|STETH|Lido Staked Ether|lido-staked-ether|2021-01-15|2528|23500|3306|502 89 143 140 487|deghijxGHL
16050|WBTC|Wrapped Bitcoin|wrapped-bitcoin|2021-01-01|103800|13400|3375|143 110 25 267 7 619|acdefghimprtuwxACFGHLMQ
39918|HYPE|Hyperliquid|hyperliquid|2024-11-29|32.8|10900||41 63 419 89 28 90|fghistuvxBES
25383|SUI|Sui|sui|2023-05-03|3.27|10800||63 246 28 642 103|abcdefghijklmnpqrstuvwxyzABCEFUV
2927|WSTETH|Wrapped stETH|wrapped-steth|2021-03-10|3049|10700|3306|89 143 652 7 110 502|GHLM
3796|LINK|Chainlink|chainlink|2021-01-01|13.9|9150||115 675 106 355 39 353 6 642 43 311 28 203 89 267 102 347 143 25 349 69 189 116 119 157 49 619|abcdefghijklmnopqrstuvwxyzABCDEFGHILMNOPV
4015|AVAX|Avalanche|avalanche|2021-01-01|20.5|8650||642 106 438 619 28 63|abcdefghijklmnopqrstuvwxyzABCDEFV
3380|XLM|Stellar|stellar|2021-01-01|0.264|8200||642 261 28 189|abcdefghijklmnpqrstuvwxyzABCDEF
14934|SHIB|Shiba Inu|shiba-inu|2021-01-15|0.0000127|7500||217 54 143|abcdefghijklmnopqrstuvwxyzABCDEFGHMNV
3376|BCH|Bitcoin Cash|bitcoin-cash|2021-01-01|403|7462.5||63 459 436 28|abcdefghijklmnopqrstuvwxyzABCEFV
3719|LEO|LEO Token|leo-token|2021-01-01|8.7|7425.2||349 99 143 80|dgmrsuvwCFGHV
3903|HBAR|Hedera|hedera|2021-01-01|0.166|7020||642 663 63 28 266|abdefghijklnpqrstuvwxzABCDE
3381|XMR|Monero|monero|2021-01-01|321|5920||436 63 28 37|cfijmrstwyz
2037|TON|Toncoin|toncoin|2021-08-27|3.12|5890.4||202 277 438 143 28 102 63|acdefghijlmprstuvwxyzABCDEFHNOV
3377|LTC|Litecoin|litecoin|2021-01-01|87|5860.9||28 642 63 436|abcdefghijmnopqrstuvwyzABCDFV
15987|WETH|WETH|weth|2021-01-01|2530|5831.6|3306|500 143 7 110 260 218|GHLM
38988|USDS|USDS|usds|2024-09-18|0.9999|5802.4|usd|143 25 12 23 119 504|chklGHR
3924|DOT|Polkadot|polkadot|2021-01-01|4.1|5773.4||220 642 28 40 438|abcdefghiklmnopqrstuwxyzABCDEFV
1419|BGB|Bitget Token|bitget-token|2021-07-26|4.77|5580||583 143 80 99|himwCGV
32048|WEETH|Wrapped eETH|wrapped-eeth|2023-11-14|2703|5390|3306|110 119 143 302 231 7 250|eghjHIL
34006|BSC-USD|Binance Bridged USDT (BNB Smart Chain)|binance-bridged-usdt-bnb-smart-chain|2021-01-01|1|5000|usd|102 573 646 254|NO
28902|PEPE|Pepe|pepe|2023-04-18|0.0000117|4930||119 102 421 54 143 511|abcdefghijklmnopqrstuvwxyzABCDEGHIOV
43436|PI|Pi Network|pi-network|2025-02-20|0.64|4640||661 63 642|dghirsuv
32617|USDE|Ethena USDe|ethena-usde|2024-02-19|1|4616.8|usd|520 12 23 143 180 504 277 25|efghirGHLR
39191|CBBTC|Coinbase Wrapped BTC|coinbase-wrapped-btc|2024-09-12|103900|4593.7|3375|7 119 110 25 143 203|HIJKLR
26056|WBT|WhiteBIT Coin|whitebit-coin|2022-07-19|31.2|4490||143 80 99 260|ijmz
4053|AAVE|Aave|aave|2021-01-01|247|3740||119 89 349 3 355 218 115 143 157 116 102 500 106 347 39 49 61 619 203|abcdefghijklmnopqrstuvwxyzABCDEFGHIJMNOPV
4425|UNI|Uniswap|uniswap|2021-01-01|6.1|3670||90 347 119 39 6 3 500 116 106 89 355 107 642 157 80 349 143 218 49 102 652|abcdefghijklmnopqrstuvwxyzABCDEFGHIMNOV
27502|TAO|Bittensor|bittensor|2023-03-06|405|3590||28 63 111 201 587|abcfghiprstuvwxzAB
3427|DAI|Dai|dai|2021-01-01|0.9999|3572.1|usd|143 12 504 89 494 23|abcdefghijmnopqrstuvwxyzACEGHLMV
4348|NEAR|NEAR Protocol|near-protocol|2021-01-01|2.43|2980||49 675 202 63 28 143 111 438 222 642|abcdefghijklmnpqrstuvwxyzABCDEHM
25467|APT|Aptos|aptos|2022-10-19|4.67|2970||642 28 438 63 180|abcdefghijklmpqrstuvwxyzABDEF
27092|JITOSOL|Jito Staked SOL|jito-staked-sol|2022-11-24|187|2880|3988|335 502 256 25 140|dovR
3832|OKB|OKB|okb|2021-01-01|49.9|2865.6||644 360 80 143 99 349|dgirtvwxCFGHV
25594|ONDO|Ondo|ondo|2024-01-18|0.82|2600||642 89 189 507 619 627 143|abcdefghijklnprstuvxyzABCDEHV
35264|BUIDL|BlackRock USD Institutional Digital Liquidity Fund|blackrock-usd-institutional-digital-liquidity-fund|2024-03-25|1|2587|usd|157 39 106 119 189 12 143 25 180 504|-
3442|CRO|Cronos|cronos|2021-01-01|0.092|2574.1||80 99 143 63 28|bcdfghiklprstuvwBCFV
13138|ICP|Internet Computer|internet-computer|2021-05-10|4.8|2560||247 202 69 111 220 28 63|abcdefghijlmnpqrstuvwxyzABCEV
3388|ETC|Ethereum Classic|ethereum-classic|2021-01-01|16.9|2547.2||89 436 28 63|abcdefghijklmpqrstuvwxyzABCDEFV
24749|KAS|Kaspa|kaspa|2022-06-10|0.088|2300||642 663 63 28 562 436|cefghirstuvwxyABEV
3721|VET|VeChain|vechain|2021-01-01|0.025|2150||63 28 644|aefghijlmpqrstuvwxyzABC
4041|FET|Fetch.ai|fetch-ai|2021-01-01|0.78|2030||111 143 102|abcefghijlpqrstuvwxyzAGH
4017|FIL|Filecoin|filecoin|2021-01-01|2.58|1750||201 69 28|abcdefghijklmopqrstuvwxyzABCE
3720|ATOM|Cosmos Hub|cosmos-hub|2021-01-01|4.35|1700||63 28 438 311|abcdefghijklnopqrstuvwxyzABCE
3078|ALGO|Algorand|algorand|2021-01-01|0.19|1650||63 28 438 151 642|abcdefghijklmopqrstuvwxyzABCE
20613|SOL|Wrapped Solana|wrapped-solana|2021-06-01|156|1490|3988|7 25|QR
3389|MKR|Maker|maker|2021-01-01|1600|1400||89 143 61 189|abcdefghijlmoqrstuvwxyzABCGHM
27649|BONK|Bonk|bonk|2022-12-30|0.000017|1350||54 217 25|abcdefghijklpqrstuvwxyzABQR
3522|QNT|Quant|quant|2021-01-01|105|1270||311 143 69|abcefghijklqrstuvwxyzABGH
4360|INJ|Injective|injective|2021-01-01|12.5|1250||63 28 89|abcdefghijlpqrstuvwxyzAB
3168|STX|Stacks|stacks|2021-01-01|0.77|1180||63 28 281 642|abcdefghijklmopqrstuvwxyzAB
24256|OP|Optimism|optimism|2022-06-01|0.66|1150||157 28 642|abcdefghijklpqrstuvwxyzAB
3338|EOS|EOS|eos|2021-01-01|0.72|1100||63 28 438|acdefghijklmopqrstuvwxyzABCE
18865|IMX|Immutable|immutable|2021-11-05|0.53|960||76 143 69|abcdefghijlpqrstuvwxyzABGH
4212|GRT|The Graph|the-graph|2021-01-01|0.097|950||69 143 119|abcdefghijlmopqrstuvwxyzABGH
4182|CRV|Curve DAO|curve-dao|2021-01-01|0.68|920||89 90 107 143 467|abcdefghijlmopqrstuvwxyzABGHLM
26987|FLOKI|FLOKI|floki|2021-08-10|0.000088|850||54 217 219 143 102|abcdefghijpqrstuvwxyzABGHNO
3391|ZEC|Zcash|zcash|2021-01-01|51|830||37 436 642|abcefghijmoqrstuvwxyzAB
14223|CAKE|PancakeSwap|pancakeswap|2021-01-01|2.38|800||90 107 89 102|aefghijpqrstuvwxyzABNO
13423|LDO|Lido DAO|lido-dao|2021-01-06|0.86|770||163 89 143|abcdefghijlmpqrstuvwxyzABGH
4329|SAND|The Sandbox|the-sandbox|2021-01-01|0.27|680||76 143 39|abcdefghijklmopqrstuvwxyzABG
3385|XTZ|Tezos|tezos|2021-01-01|0.6|620||63 28 146 438|abcdefghijklmopqrstuvwxyzABCE
3459|MANA|Decentraland|decentraland|2021-01-01|0.3|570||76 143 39|abcdefghijklmopqrstuvwxyzABG
2974|MATIC|Polygon|polygon|2021-01-01|0.22|430||39 143 28|fghijklrstuvwxyzABGHP
4343|LUNC|Terra Luna Classic|terra-luna-classic|2021-01-01|0.000062|340||63 28|aefghijrstuvwxyzAB
3382|DASH|Dash|dash|2021-01-01|22.5|280||436 37|abcefghijmqrstuvwxyzABC
3230|IOTX|IoTeX|iotex|2021-01-01|0.022|210||201 63 143|abfghijklprstuvwxyzG
776|BABYDOGE|Baby Doge Coin|baby-doge-coin|2021-06-15|0.0000000013|205||54 217 102|efghijrstuvwxyzNO
3455|ELF|aelf|aelf|2021-01-01|0.24|190||63 28 143|afghijlrstuvwyzG
22572|GMT|STEPN|stepn|2022-03-09|0.055|170||25 102 191|abefghijprstuvwxyzQR
20298|GMT|GoMining Token|gomining-token|2022-04-12|0.38|155||143 102 189|efghirtvzGN
41337|ALCH|Alchemist AI|alchemist-ai|2024-11-20|0.15|127||111 25|eghirtxQR
3781|SXP|SXP|sxp|2021-01-01|0.18|115||63 102|afghijlprstuvwyz
15832|VELO|Velo|velo|2021-01-01|0.0125|92||102 261|dfghirtvwN
3960|RLC|iExec RLC|iexec-rlc|2021-01-01|1.05|76||111 201 143|abfghijlmprstuvwzG
4007|WAXP|WAX|wax|2021-01-01|0.021|73||63 76|afghijklrstuvwyz
16664|ELON|Dogelon Mars|dogelon-mars|2021-04-23|0.00000012|66||54 217 219 143|efghijprstuvwxyzG
30746|BANANA|Banana Gun|banana-gun|2023-09-14|17.8|62||143 54|aefghirtvxGH
943|BONE|Bone ShibaSwap|bone-shibaswap|2021-07-07|0.22|55||54 143 217|efghijprstuvwxzGM
3813|TON|Tokamak Network|tokamak-network|2021-01-01|1.12|50||143 69 28|gklrGH
4239|CTK|Shentu|shentu|2021-01-01|0.33|48||63 28 102|afghijrtuvw
24782|VELO|Velodrome Finance|velodrome-finance|2022-06-02|0.052|47||90 157 107|fghirtvI
42356|PYTHIA|PYTHIA|pythia|2024-12-12|0.043|43||54 25 489|gitQR
21865|SOL|Sol (Wormhole)|sol-wormhole|2021-10-01|156|31|3988|7 573|GHN
17528|GTC|Gitcoin|gitcoin|2021-05-25|0.26|24||143 191|abcefghirtuvwzG
10430|GHST|Aavegotchi|aavegotchi|2021-01-01|0.45|23||76 39 143|abcghirtvwPG
19553|VINU|Vita Inu|vita-inu|2021-08-10|0.000000013|12||54 217|fghirtG
136|SOV|Sovryn|sovryn|2021-04-28|0.178|10||89 281|girt
936|DCB|Decubate|decubate|2021-09-01|0.0082|4.6||102|fgiN
45273|DOUG|Doug|doug-2|2025-05-20|0.0042|4.1||25 489|Q
32005|GORILLA|Gorilla|gorilla|2023-11-10|0.0021|2||54 143|giG
2614|HARD|Kava Lend|kava-lend|2021-01-01|0.011|1.5||460 61 89|fgr
1177|FEVR|RealFevr|realfevr|2021-07-30|0.00012|1.3||76 102|fgiN
29984|LOOT|LootBot|lootbot|2023-06-29|1.4|1.2935||143|G
11921|DYP|Dypius|dypius|2021-01-01|0.0031|1.2||89 143|fgirG
3824|COMBO|COMBO|combo|2021-01-01|0.012|1.1||76 102|fgirtN
114|BZZ|Swarm|swarm|2021-01-01|0.011|1||143 189|gG
13253|K21|K21|k21|2021-01-01|0.032|0.7||143|gG
66|TRONPAD|TRONPAD|tronpad|2021-06-10|0.0014|0.6965||102 260|gT
45276|KEKIUS|KEKIUS|kekius|2025-05-20|0.00002|0.6||562 54|V
21884|LOOT|Lootex|lootex|2021-11-20|0.0062|0.5||76|gG
30929|STACKS|Stacks|stacks-2|2023-11-01|0.0011|0.4||143|G
10490|ADCO|Advertise Coin|advertise-coin|2021-01-01|0.00017|0.2||143|iG
16543|BANANA|ApeSwap|apeswap|2021-02-28|0.00041|0.13||90 102 39|giN
29270|PEPE|Pepe (Ordinals)|pepe-ordinals|2023-05-10|0.0000031|0.1293||281 54 421|gs
30483|PEPE|Pepe Token|pepe-token|2023-08-01|0.0000000024|0.1||54 421|N
12608|COMBO|Furucombo|furucombo|2021-01-15|0.0009|0.09||89 143|gG
`;
