// A card shows that it is there: its file, its PIN, and a challenge that it signs.
import { type FormEvent, type ReactNode, useState } from 'react';
import { type CardAnswer, CardError, answerOfCard } from '../api/card';
import { Text } from '../i18n/Text';
import { Field } from './parts';
import { Refused } from './Refused';

export function CardForm({ label, send, primary = false }: { label: ReactNode; send: (answer: CardAnswer) => Promise<void>; primary?: boolean }) {
  const [error, setError] = useState<Error | null>(null), [busy, setBusy] = useState(false);
  const submit = async (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const form = e.currentTarget, data = new FormData(form), file = data.get('card');
    if (!(file instanceof File)) return;
    setBusy(true);
    setError(null);
    try {
      await send(await answerOfCard(await file.text(), String(data.get('pin')).normalize('NFKC').trim()));
      form.reset();
    } catch (problem) {
      setError(problem as Error);
    }
    setBusy(false);
  };
  return (
    <>
      <form className="form" onSubmit={(e) => void submit(e)}>
        <Field label={<Text k="signIn.card.file" />}><input name="card" type="file" required accept=".json,.card,application/json" /></Field>
        <Field label={<Text k="signIn.card.pin" />}><input name="pin" type="password" inputMode="numeric" autoComplete="off" required maxLength={16} /></Field>
        {error && (error instanceof CardError ? <p className="notice" role="alert"><Text k={error.why} /></p> : <Refused error={error} />)}
        <button type="submit" className={primary ? 'primary' : undefined} disabled={busy}>{label}</button>
      </form>
      <p className="note after"><Text k="signIn.card.note" /></p>
    </>
  );
}
