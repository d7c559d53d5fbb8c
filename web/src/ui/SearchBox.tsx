// The field of a search whose words are kept in the address: what is typed is looked for when the person pauses.
import { useEffect, useRef, useState } from 'react';
import { change } from '../app/route';
import { Text } from '../i18n/Text';
import { type Key, t } from '../i18n/text';

const pause = 250;  // ms

/** `asked` is what the address asks for; a change that did not come from here (back, forward, a link) is shown. What is typed while an answer is on its way stays. */
export function SearchBox({ id, label, example, asked }: { id: string; label: Key; example: Key; asked: string }) {
  const [text, setText] = useState(asked), sent = useRef(asked);
  const search = () => {
    sent.current = text;
    change({ q: text, page: undefined });
  };
  useEffect(() => {
    if (asked === sent.current) return;
    sent.current = asked;
    setText(asked);
  }, [asked]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(search, pause);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <form role="search" className="search-box" onSubmit={(e) => { e.preventDefault(); search(); }}>
      <label htmlFor={id}><Text k={label} /></label>
      <div>
        <input id={id} type="search" value={text} onChange={(e) => setText(e.target.value)} autoComplete="off" placeholder={t(example)} enterKeyHint="search" />
        <button type="submit" className="primary"><Text k="action.search" /></button>
      </div>
    </form>
  );
}
