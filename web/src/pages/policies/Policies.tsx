// The policies: who may do what. A list, and one with its text.
import './policies.css';
import { policies } from '../../api/policies';
import { say } from '../../api/entity';
import { useSession } from '../../api/session';
import { useAnswer } from '../../api/useAnswer';
import { Link, address, usePlace } from '../../app/route';
import { ago, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Gate } from '../../ui/Gate';
import { Empty, Failure, Loading } from '../../ui/parts';
import { Explain } from './Explain';
import { PolicyText } from './PolicyText';

export const policyAddress = (name: string) => address('/trust/policies', { policy: name });

export default function Policies() {
  const { query } = usePlace(), name = query.get('policy');
  return name === null
    ? <><h1><Text k="policies.title" /></h1><Gate may={['policies']}>{() => <><p className="lead"><Text k="policies.lead" /></p><List /><Explain /></>}</Gate></>
    : <><p className="crumbs"><Link to="/trust/policies"><Text k="policies.title" /></Link> ›</p><Heading name={name} /><Gate may={['policies']}>{() => <PolicyText key={name} name={name} />}</Gate></>;
}

function Heading({ name }: { name: string }) {
  const may = useSession()?.subject?.rights.includes('policies'), found = useAnswer(may ? 'policies' : null, policies);
  return <h1>{say(found.data?.find((p) => p.name === name)?.title, name)}</h1>;
}

const statuses = { active: 'policies.active', draft: 'policies.draft', retired: 'policies.retired' } as const;

function List() {
  const found = useAnswer('policies', policies);
  if (!found.data) return found.error ? <Failure error={found.error} again={found.again} /> : <Loading />;
  if (!found.data.length) return <Empty title={<Text k="policies.none" />} />;
  return (
    <section aria-label={t('policies.title')}>
      <ul className="list">
        {found.data.map((p) => (
          <li key={p.name}>
            <span><Link to={policyAddress(p.name)} className="result">{say(p.title, p.name)}</Link><small className="block">{p.name}</small></span>
            <span className="side"><span className="tag"><Text k={statuses[p.status] ?? 'policies.active'} /></span>{!Number.isNaN(Date.parse(p.version)) && <small className="block">{ago(p.version)}</small>}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
