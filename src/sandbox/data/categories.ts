/** The categories of the tokens in the table, as the vendor numbers and spells them: id | slug | name. */
export const categoryTable = `
3|yield-farming|Yield Farming
6|xdai-ecosystem|Gnosis Chain Ecosystem
7|wrapped-tokens|Wrapped-Tokens
12|usd-stablecoin|USD Stablecoin
23|stablecoins|Stablecoins
25|solana-ecosystem|Solana Ecosystem
28|smart-contract-platform|Smart Contract Platform
37|privacy-coins|Privacy
39|polygon-ecosystem|Polygon Ecosystem
40|dot-ecosystem|Polkadot Ecosystem
41|decentralized-perpetuals|Perpetuals
43|oracle|Oracle
49|near-protocol-ecosystem|Near Protocol Ecosystem
54|meme-token|Meme
61|lending-borrowing|Lending/Borrowing Protocols
63|layer-1|Layer 1 (L1)
69|infrastructure|Infrastructure
76|gaming|Gaming (GameFi)
80|exchange-based-tokens|Exchange-based Tokens
89|decentralized-finance-defi|Decentralized Finance (DeFi)
90|decentralized-exchange|Decentralized Exchange (DEX)
99|centralized-exchange-token-cex|Centralized Exchange (CEX) Token
102|binance-smart-chain|BNB Chain Ecosystem
103|binance-launchpool|Binance Launchpool
106|avalanche-ecosystem|Avalanche Ecosystem
107|automated-market-maker-amm|Automated Market Maker (AMM)
110|asset-backed-tokens|Crypto-Backed Tokens
111|artificial-intelligence|Artificial Intelligence (AI)
115|fantom-ecosystem|Fantom Ecosystem
116|harmony-ecosystem|Harmony Ecosystem
119|arbitrum-ecosystem|Arbitrum Ecosystem
122|celo-ecosystem|Celo Ecosystem
131|cardano-ecosystem|Cardano Ecosystem
140|liquid-staking-tokens|Liquid Staking Tokens
143|ethereum-ecosystem|Ethereum Ecosystem
146|tezos-ecosystem|Tezos Ecosystem
151|algorand-ecosystem|Algorand Ecosystem
157|optimism-ecosystem|Optimism Ecosystem
159|klaytn-ecosystem|Kaia Ecosystem
163|liquid-staking-governance-tokens|Liquid Staking Governance Tokens
180|aptos-ecosystem|Aptos Ecosystem
189|real-world-assets-rwa|Real World Assets (RWA)
191|socialfi|SocialFi
201|depin|DePIN
202|alleged-sec-securities|Alleged SEC Securities
203|base-ecosystem|Base Ecosystem
217|dog-themed-coins|Dog-Themed
218|defi-pulse-index-dpi|Index Coop Defi Index
219|elon-musk-inspired-coins|Elon Musk-Inspired
220|layer-0-l0|Layer 0 (L0)
222|data-availability|Data Availability
231|restaking|Restaking
246|sui-ecosystem|Sui Ecosystem
247|internet-computer-ecosystem|Internet Computer Ecosystem
250|liquid-restaking-tokens|Liquid Restaking Tokens
254|bridged-usdt|Bridged USDT
256|neon-ecosystem|Neon Ecosystem
260|tron-ecosystem|Tron Ecosystem
261|stellar-ecosystem|Stellar Ecosystem
266|hedera-ecosystem|Hedera Ecosystem
267|osmosis-ecosytem|Osmosis Ecosystem
277|ton-ecosystem|TON Ecosystem
281|bitcoin-ecosystem|Bitcoin Ecosystem
302|ether-fi-ecosystem|Ether.fi Ecosystem
311|cross-chain-communication|Cross-chain Communication
335|liquid-staked-sol|Liquid Staked SOL
347|energi-ecosystem|Energi Ecosystem
349|sora-ecosystem|Sora Ecosystem
353|milkomeda-cardano-ecosystem|Milkomeda (Cardano) Ecosystem
355|huobi-eco-chain-ecosystem|Huobi ECO Chain Ecosystem
360|okt-chain-ecosystem|OKT Chain Ecosystem
419|hyperliquid-ecosystem|Hyperliquid Ecosystem
421|frog-themed-coins|Frog-Themed
436|proof-of-work-pow|Proof of Work (PoW)
438|proof-of-stake-pos|Proof of Stake (PoS)
459|bitcoin-fork|Bitcoin Fork
460|kava-ecosystem|Kava Ecosystem
467|curve-ecosystem|Curve Ecosystem
487|liquid-staked-eth|Liquid Staked ETH
489|pump-fun|Pump.fun Ecosystem
494|crypto-backed-stablecoin|Crypto-backed Stablecoin
500|index-coop-index|Index Coop Index
502|liquid-staking|Liquid Staking
504|fiat-backed-stablecoin|Fiat-backed Stablecoin
507|rwa-protocol|RWA Protocol
511|the-boy-s-club|The Boy’s Club
520|zircuit-ecosystem|Zircuit Ecosystem
562|kaspa-ecosystem|Kaspa Ecosystem
573|bridged-tokens|Bridged-Tokens
583|morph-l2-ecosystem|Morph L2 Ecosystem
587|bittensor-ecosystem|Bittensor Ecosystem
597|xrp-ledger-ecosystem|XRP Ledger Ecosystem
619|world-liberty-financial-portfolio|World Liberty Financial Portfolio
627|binance-alpha-spotlight|Binance Alpha Spotlight
642|made-in-usa|Made in USA
644|made-in-china|Made in China
646|bridged-stablecoins|Bridged Stablecoin
652|unichain-ecosystem|Unichain Ecosystem
661|mobile-mining|Mobile Mining
663|directed-acyclic-graph-dag|Directed Acyclic Graph (DAG)
675|chain-abstraction|Chain Abstraction
`;
