// Cards that one may sign in with.
import { cards, enrolCard, removeCard } from '../../api/account';
import { useAnswer } from '../../api/useAnswer';
import { date } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { CardForm } from '../../ui/CardForm';
import { Confirm } from '../../ui/Confirm';
import { Failure, Loading } from '../../ui/parts';

export function Cards() {
  const found = useAnswer('cards', cards);
  return (
    <section className="card" aria-labelledby="cards-title">
      <h2 id="cards-title"><Text k="signIn.card" /></h2>
      <p><Text k="cards.lead" /></p>
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : found.data.length > 0 && (
        <ul className="list">
          {found.data.map((c) => <li key={c.id}><span>{c.subject}<small className="block">{c.issuer}{c.until && <> · <Text k="until.day" values={{ day: date(c.until) }} /></>}</small></span><Confirm label={<Text k="action.remove" />} sure={<Text k="passkeys.remove.sure" />} name={c.subject} work={() => removeCard(c.id)} done={found.again} /></li>)}
        </ul>
      )}
      <CardForm label={<Text k="cards.add" />} send={(answer) => enrolCard(answer).then(found.again)} />
    </section>
  );
}
