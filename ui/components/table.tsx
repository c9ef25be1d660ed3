import type { ReactNode } from 'react';
import styles from './table.module.css';

export interface Column<Row> {
  readonly id: string;
  /** Empty for a column of buttons: give `label` then. */
  readonly title: string;
  readonly label?: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'end';
}

export interface TableProps<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** What it is a table of; read aloud, not shown. */
  readonly caption: string;
}

/** A plain table for at most some hundred rows; on a narrow screen each row becomes a card whose cells say what they are. */
export function Table<Row>({ rows, columns, rowKey, caption }: TableProps<Row>) {
  return (
    <div className={styles.frame}>
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={column.align === 'end' ? styles.end : undefined}>
                {column.title === '' ? <span className="visually-hidden">{column.label ?? 'Actions'}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.id} data-title={column.title} className={column.align === 'end' ? styles.end : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
