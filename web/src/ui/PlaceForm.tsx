// Where to begin: an address or a name that is known here, or where the device is.
import { type FormEvent, useState } from 'react';
import { type Located, here, locate } from '../api/near';
import { t } from '../i18n/text';
import { Text } from '../i18n/Text';
import { Loading } from './parts';

/** `municipality`: look for addresses in this one only. */
export function PlaceForm({ municipality, onPlace }: { municipality?: string; onPlace: (place: Located) => void }) {
  const [text, setText] = useState(''), [said, setSaid] = useState<'' | 'asking' | 'none' | 'refused' | 'line'>('');
  const found = (place: Located) => {
    setSaid('');
    onPlace(place);
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!text.trim()) return;
    setSaid('asking');
    locate(text, municipality).then((place) => (place ? found(place) : setSaid('none')), () => setSaid('line'));
  };
  const useDevice = () => {
    setSaid('asking');
    here().then((position) => found({ position, from: t('near.here') }), () => setSaid('refused'));
  };
  return (
    <>
      <form className="tools" onSubmit={submit} role="search">
        <label className="field"><span><Text k="refuge.address" /></span><input type="search" value={text} onChange={(e) => setText(e.target.value)} autoComplete="street-address" /></label>
        <button type="submit"><Text k="action.search" /></button>
        <button type="button" onClick={useDevice}><Text k="near.locate" /></button>
      </form>
      {said === 'asking' ? <Loading /> : said && <p className="notice" role="alert"><Text k={said === 'none' ? 'refuge.none' : said === 'line' ? 'failed.line' : 'near.refused'} /></p>}
    </>
  );
}
