// Says when the program cannot be reached, how old what is shown is, and what waits to be sent.
import { line } from '../api/client';
import { flush, forget, ownWaiting, waiting } from '../api/queue';
import { ago, aside, dateTime } from '../i18n/text';
import { Text } from '../i18n/Text';
import { look } from './offline';
import { useShared } from './store';

export function LineBanner() {
  const { up, savedAt } = useShared(line), list = ownWaiting(useShared(waiting));
  return (
    <div className="banners" aria-live="polite">
      {!up && (
        <div className="banner warning">
          <p><strong><Text k="line.down" /></strong> {savedAt ? <Text k="line.saved" values={{ when: dateTime(savedAt) + aside(ago(savedAt)) }} /> : <Text k="line.retry" />}</p>
          <button type="button" className="small" onClick={() => void look()}><Text k="action.retry" /></button>
        </div>
      )}
      {list.length > 0 && (
        <div className="banner">
          <div>
            <p><strong><Text k="queue.waits" values={{ n: list.length }} /></strong></p>
            <ul>
              {list.map((w) => (
                <li key={w.key}>{w.title} {w.refused && <em><Text k="queue.refused" values={{ reason: w.refused }} /></em>} <button type="button" className="small" onClick={() => forget(w.key)}><Text k="queue.forget" /></button></li>
              ))}
            </ul>
          </div>
          <button type="button" className="small" onClick={() => void flush()}><Text k="queue.send" /></button>
        </div>
      )}
    </div>
  );
}
