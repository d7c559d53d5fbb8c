// A press that cannot be taken back asks once more, in its place.
import { type ReactNode, useState } from 'react';
import { Text } from '../i18n/Text';
import { Failure } from './parts';

export function Confirm({ label, sure, name, work, done, small = true }: { label: ReactNode; sure: ReactNode; name: string; work: () => Promise<void>; done: () => void; small?: boolean }) {
  const [asked, setAsked] = useState(false), [busy, setBusy] = useState(false), [error, setError] = useState<Error | null>(null), size = small ? 'small' : undefined;
  const act = () => {
    setBusy(true);
    work().then(() => { setAsked(false); setBusy(false); done(); }, (problem: Error) => { setError(problem); setBusy(false); });
  };
  return (
    <span className="confirm">
      {asked
        ? <><button type="button" className={`danger ${size ?? ''}`} disabled={busy} onClick={act} autoFocus>{sure}<span className="hidden-text"> {name}</span></button> <button type="button" className={size} onClick={() => { setAsked(false); setError(null); }}><Text k="action.cancel" /></button></>
        : <button type="button" className={size} onClick={() => setAsked(true)}>{label}<span className="hidden-text"> {name}</span></button>}
      {error && <Failure error={error} />}
    </span>
  );
}
