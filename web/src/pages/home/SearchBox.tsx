import { type FormEvent, useState } from 'react';
import { address, go } from '../../app/route';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';

export function SearchBox() {
  const [text, setText] = useState('');
  const submit = (e: FormEvent) => {
    e.preventDefault();
    go(address('/search', { q: text.trim() }));
  };
  return (
    <form className="search-box" role="search" onSubmit={submit}>
      <label htmlFor="home-search"><Text k="home.search" /></label>
      <div>
        <input id="home-search" type="search" value={text} onChange={(e) => setText(e.target.value)} placeholder={t('search.example')} autoComplete="off" enterKeyHint="search" />
        <button type="submit" className="primary"><Text k="action.search" /></button>
      </div>
    </form>
  );
}
