import { useBoard } from '../board/use-board.tsx';
import { SelectField } from './field.tsx';

export interface PickClusterProps {
  readonly value: string;
  readonly onPick: (cluster: string) => void;
  /** The title of no choice; absent: one must be chosen. */
  readonly all?: string;
}

/** One of the clusters that one may see. */
export function PickCluster({ value, onPick, all }: PickClusterProps) {
  const { state } = useBoard();
  const names = [...new Set([...(state?.clusters ?? []).map(({ name }) => name), value])].filter((name) => name !== '');
  return (
    <SelectField
      label="Cluster"
      value={value}
      choices={[
        ...(all === undefined ? [] : [{ value: '', title: all }]),
        ...names.map((name) => ({ value: name, title: name })),
      ]}
      onChange={(event) => onPick(event.target.value)}
    />
  );
}
