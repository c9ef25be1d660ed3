import type { Figures } from '../../core/api/board.ts';
import { layOutBars } from './bar-layout.ts';
import styles from './bars.module.css';

const HEIGHT = 120;

/** Deployments per day as bars, the failed ones of another colour and pattern; the same numbers stand in a table for those who read instead. */
export function Bars({ series }: { readonly series: Figures['series'] }) {
  const { bars, width } = layOutBars(series, HEIGHT);
  const [first, last] = [series[0], series.at(-1)];
  return (
    <figure className={styles.figure}>
      <svg className={styles.chart} viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {bars.map(({ day, x, size, good, failed }) => (
          <g key={day}>
            <title>{day}</title>
            <rect className={styles.good} x={x} y={HEIGHT - good - failed} width={size} height={good} />
            <rect className={styles.failed} x={x} y={HEIGHT - failed} width={size} height={failed} />
          </g>
        ))}
      </svg>
      <figcaption className={styles.caption}>
        <span>{first?.day}</span>
        <span>
          <span className={styles.keyGood} aria-hidden="true" /> went well{' '}
          <span className={styles.keyFailed} aria-hidden="true" /> failed
        </span>
        <span>{last?.day}</span>
      </figcaption>
      <table className="visually-hidden">
        <caption>Deployments per day</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Deployments</th>
            <th scope="col">Failed</th>
          </tr>
        </thead>
        <tbody>
          {series.map(({ day, deployments, failed }) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              <td>{deployments}</td>
              <td>{failed}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
