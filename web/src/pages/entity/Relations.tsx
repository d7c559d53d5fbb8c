// Relations as a small graph, and as a list that says the same.
import { type Entity, titleOf, typeOf } from '../../api/entity';
import { useAnswer } from '../../api/useAnswer';
import { Link, entityAddress } from '../../app/route';
import { aside, listed, named, number, t } from '../../i18n/text';
import { Name, Text } from '../../i18n/Text';
import { EntityLink, Failure, Loading, Reference } from '../../ui/parts';
import { type Tie, incoming, outgoing } from './relations';

const width = 640, rowHeight = 62, box = { width: 210, height: 46 };
const shorten = (text: string, most: number) => ([...text].length > most ? `${[...text].slice(0, most - 1).join('')}…` : text);

interface Node {
  key: string;
  label: string;
  by: string;
  to?: string;
}

function nodesOf(ties: Tie[]): Node[] {
  return ties.flatMap((tie) => (tie.count > 3
    ? [{ key: `${tie.attribute}${tie.type}`, label: t('count.of', { name: named('type', tie.type ?? typeOf(tie.entities[0]!)), n: tie.count }), by: named('attribute', tie.attribute) }]
    : tie.entities.map((e) => ({ key: e.id, label: e.type ? titleOf(e) : e.id.split(':').at(-1)!, by: named('attribute', tie.attribute), to: entityAddress(e.id) }))));
}

/** In SVG attributes keep their letters, and this one has small ones. The list beside the graph has the links for the keyboard. */
const unfocusable = { tabindex: -1 } as object;

function Graph({ title, out, into }: { title: string; out: Node[]; into: Node[] }) {
  const rows = Math.max(out.length, into.length, 1), height = rows * rowHeight + 20, middle = height / 2;
  const centre = { x: width / 2, y: middle };
  const side = (nodes: Node[], x: number) => nodes.map((node, i) => ({ ...node, x, y: middle + (i - (nodes.length - 1) / 2) * rowHeight }));
  const left = side(into, box.width / 2 + 2), right = side(out, width - box.width / 2 - 2);
  const node = (n: Node & { x: number; y: number }) => {
    const shape = <><rect x={n.x - box.width / 2} y={n.y - box.height / 2} width={box.width} height={box.height} rx="8" /><text x={n.x} y={n.y - 3} textAnchor="middle">{shorten(n.label, 14)}</text><text className="by" x={n.x} y={n.y + 15} textAnchor="middle">{shorten(n.by, 18)}</text></>;
    return n.to ? <Link key={n.key} to={n.to} {...unfocusable}>{shape}</Link> : <g key={n.key}>{shape}</g>;
  };
  const edge = (x1: number, y1: number, x2: number, y2: number, key: string) => <path key={key} className="edge" d={`M${x1},${y1}C${(x1 + x2) / 2},${y1} ${(x1 + x2) / 2},${y2} ${x2},${y2}`} markerEnd="url(#arrow)" />;
  return (
    <svg className="graph" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path className="arrow" d="M0 0 8 4 0 8z" /></marker>
      {left.map((n) => edge(n.x + box.width / 2, n.y, centre.x - 72, centre.y, n.key))}
      {right.map((n) => edge(centre.x + 72, centre.y, n.x - box.width / 2, n.y, n.key))}
      <g className="centre"><rect x={centre.x - 70} y={centre.y - 26} width="140" height="52" rx="26" /><text x={centre.x} y={centre.y + 5} textAnchor="middle">{shorten(title, 9)}</text></g>
      {left.map(node)}
      {right.map(node)}
    </svg>
  );
}

export function Relations({ entity, full }: { entity: Entity; full: Entity }) {
  const out = outgoing(entity, full), found = useAnswer(`ties ${entity.id}`, (signal) => incoming(entity.id, signal)), into = found.data ?? [];
  if (found.data && !out.length && !into.length) return null;
  return (
    <section className="card" aria-labelledby="relations-title">
      <h2 id="relations-title"><Text k="entity.relations.title" /></h2>
      <div className="relations">
      {found.error ? <Failure error={found.error} again={found.again} /> : !found.data ? <Loading /> : <Graph title={titleOf(entity)} out={nodesOf(out)} into={nodesOf(into)} />}
      <ul className="ties">
        {out.map((tie) => <li key={tie.attribute}><Name kind="attribute" name={tie.attribute} /> → {tie.entities.map((e, i) => <span key={e.id}>{i > 0 && t('separator')}{e.type ? <EntityLink entity={e} showType={false} /> : <Reference id={e.id} />}</span>)}</li>)}
        {into.map((tie) => (
          <li key={`${tie.attribute} ${tie.type}`}>
            ← <Name kind="type" name={tie.type!} />{aside(listed([named('attribute', tie.attribute), number(tie.count)]))}: {tie.entities.slice(0, 3).map((e, i) => <span key={e.id}>{i > 0 && t('separator')}<EntityLink entity={e} showType={false} /></span>)}{tie.count > 3 && '…'}
          </li>
        ))}
      </ul>
      </div>
    </section>
  );
}
