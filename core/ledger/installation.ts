/**
 * What the ledger of the installation itself is called where ledgers are named by cluster: it records what concerns no single cluster (people, tokens,
 * sources, keys). No cluster can have this name, which begins with what a cluster's name may not hold.
 */
export const INSTALLATION_LEDGER = '_fleet';
