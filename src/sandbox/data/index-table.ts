/**
 * Baskets of tokens, invented like their figures:
 * id | ticker | name | kind | sector, as indexName and type call it | category slug, or * | members
 */
export const indexTable = `
1|TEN|Great Ten|passive|great-ten|*|10
2|LONE|Layer One Leaders|passive|layer-1|layer-1|12
3|DEFI|Decentralized Finance|passive|defi|decentralized-finance-defi|8
4|MEME|Meme|passive|meme|meme-token|8
5|AIX|Machine Intelligence|passive|ai|artificial-intelligence|5
6|PLAY|Gaming|passive|gaming|gaming|6
7|RWA|Real World Assets|passive|rwa|real-world-assets-rwa|4
8|TRDR|Trader Rotation|active|trader|*|14
9|INVS|Investor Quarterly|active|investor|*|20
10|FIVE|Handful|active|handful|smart-contract-platform|5
`;
