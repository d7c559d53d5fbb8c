// A text with its readings above it.
import { Fragment } from 'react';
import { type Key, type Kind, type Parameters, named, pieces, source, t } from './text';

function Pieces({ text, values }: { text: string; values?: Parameters }) {
  const found = pieces(text, values);
  const shown = found.map((piece, i) =>
    piece.reading ? (
      <ruby key={i}>
        {piece.text}
        <rp>（</rp>
        <rt>{piece.reading}</rt>
        <rp>）</rp>
      </ruby>
    ) : (
      <Fragment key={i}>{piece.text}</Fragment>
    ),
  );
  return found.some((p) => p.reading) ? <span>{shown}</span> : shown;
}

export function Text({ k, values }: { k: Key; values?: Parameters }) {
  return <Pieces text={source(k) ?? t(k)} values={values} />;
}

/** What people call a name of the data. */
export function Name({ kind, name }: { kind: Kind; name: string }) {
  const short = name.replace(/^https?:.*[/#]/, '');
  return <Pieces text={source(`${kind}.${short}`) ?? named(kind, name)} />;
}
