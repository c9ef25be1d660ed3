import { useBoard } from '../board/use-board.tsx';
import { SelectField } from './field.tsx';

export interface PickClusterProps {
  readonly value: string;
  readonly onPick: (cluster: string) => void;
  /** The title of no choice; absent: one must be chosen. */
  readonly all?: string;
  /** A choice that is no cluster, behind the others. */
  readonly other?: { readonly value: string; readonly title: string };
}

/** One of the clusters that one may see. */
export function PickCluster({ value, onPick, all, other }: PickClusterProps) {
  const { state } = useBoard();
  const names = [...new Set([...(state?.clusters ?? []).map(({ name }) => name), value])].filter(
    (name) => name !== '' && name !== other?.value,
  );
  return (
    <SelectField
      label="Cluster"
      value={value}
      choices={[
        ...(all === undefined ? [] : [{ value: '', title: all }]),
        ...names.map((name) => ({ value: name, title: name })),
        ...(other === undefined ? [] : [other]),
      ]}
      onChange={(event) => onPick(event.target.value)}
    />
  );
}
