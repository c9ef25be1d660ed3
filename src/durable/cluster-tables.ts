import { DEPLOYMENT_MIGRATIONS } from '../deliver/deployments.ts';
import { FIGURES_MIGRATIONS } from '../figures/track.ts';
import { LEDGER_MIGRATIONS } from '../ledger/tables.ts';
import { TREE_MIGRATIONS } from '../report/trees.ts';
import { OUTLET_MIGRATIONS } from './cluster-outlet.ts';
import { CLUSTER_MIGRATIONS } from './cluster-schema.ts';

/** Every list of migrations of a Cluster object: a part that keeps something of its own adds its list here. */
export const CLUSTER_TABLES = {
  cluster: CLUSTER_MIGRATIONS,
  outlet: OUTLET_MIGRATIONS,
  deployments: DEPLOYMENT_MIGRATIONS,
  trees: TREE_MIGRATIONS,
  figures: FIGURES_MIGRATIONS,
  ledger: LEDGER_MIGRATIONS,
} as const;
