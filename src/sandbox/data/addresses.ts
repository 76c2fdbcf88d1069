import { createHash } from 'node:crypto';

/** Contracts that are public knowledge: token id, then chain and address. */
const known: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  3379: {
    ethereum: '0xdac17f958d2ee523a2206206994597c13d831ec7',
    tron: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t',
  },
  3396: {
    ethereum: '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48',
    solana: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGkZwyTDt1v',
  },
  15155: { ethereum: '0xae7ab96520de3a18e5e111b5eaab095312d7fe84' },
  16050: { ethereum: '0x2260fac5e5542a773aa44fbcfedf7c193bc2c599' },
  2927: { ethereum: '0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0' },
  3796: { ethereum: '0x514910771af9ca656af840dff83e8264ecf986ca' },
  14934: { ethereum: '0x95ad61b0a150d79219dcf64e1e6cc01f0b64c4ce' },
  3719: { ethereum: '0x2af5d2ad76741191d15dfe7bf6ac92d4bd912ca3' },
  15987: { ethereum: '0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2' },
  32048: { ethereum: '0xcd5fe23c85820f7b72d0926fc9b05b43e359b7ee' },
  34006: { 'binance-smart-chain': '0x55d398326f99059ff775485246999027b3197955' },
  28902: { ethereum: '0x6982508145454ce325ddbe47a25d4ec3d2311933' },
  32617: { ethereum: '0x4c9edd5852cd905f086c759e8383e09bff1e68b3' },
  4053: { ethereum: '0x7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9' },
  4425: { ethereum: '0x1f9840a85d5af5bf1d1762f925bdaddc4201f984' },
  3427: { ethereum: '0x6b175474e89094c44da98b954eedeac495271d0f' },
  27092: { solana: 'J1toso1uCk3RLmjorhTtrVwY9HJ7X8V9yYac6Y7kGCPn' },
  25594: { ethereum: '0xfaba6f8e4a5e8ab82f62fe7c39859fa577269be3' },
  3442: { ethereum: '0xa0b73e1ff0b80914ab6fe0444e65848c4c34450b' },
  14223: { 'binance-smart-chain': '0x0e09fabb73bd3ade0a17ecc321fd13a19e81ce82' },
  17528: { ethereum: '0xde30da39c46104798bb5aa3fe8b9e0e1f348163f' },
  45273: { solana: 'AQiE2ghyFbBsbsfHiTEbKWcCLTDgyGzceKEPWftZpump' },
  45276: { kasplex: 'KEKIUS' },
};

/** Chains on which a token of that category is given an address when none is known. */
const chains: Readonly<Record<string, string>> = {
  'ethereum-ecosystem': 'ethereum',
  'binance-smart-chain': 'binance-smart-chain',
  'polygon-ecosystem': 'polygon-pos',
  'arbitrum-ecosystem': 'arbitrum-one',
  'avalanche-ecosystem': 'avalanche',
  'base-ecosystem': 'base',
  'optimism-ecosystem': 'optimistic-ethereum',
};

/** Chains to addresses: public ones where certain, invented but well-formed ones elsewhere, none for a chain's own coin. */
export function addressesOf(
  id: number,
  categorySlugs: readonly string[],
  seed: string,
): Readonly<Record<string, string>> {
  const addresses: Record<string, string> = {};
  for (const slug of categorySlugs) {
    const chain = chains[slug];
    if (chain !== undefined && !categorySlugs.includes('layer-1')) {
      const digest = createHash('sha256').update(`${seed}\n${id}\n${chain}`).digest('hex');
      addresses[chain] = `0x${digest.slice(0, 40)}`;
    }
  }
  return { ...addresses, ...known[id] };
}
