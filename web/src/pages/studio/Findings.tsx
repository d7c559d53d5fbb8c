// Step 3: what is wrong or doubtful, each with a repair where there is one; any cell can be changed by hand.
import '../datasets/datasets.css';
import { type ReactNode, useState } from 'react';
import { say } from '../../api/entity';
import { type Finding, type Severity, countUpload, repair, severities, undoRepair } from '../../api/uploads';
import { go, segment } from '../../app/route';
import { listed, t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { Empty } from '../../ui/parts';
import { Rows, type Target } from './Rows';
import type { StepProps } from './Studio';

export function Findings({ report, act, busy }: StepProps) {
  const [target, setTarget] = useState<Target | null>(null), sure = report.findings.filter((f) => f.repair && f.repair.sure !== false), repaired = report.repaired ?? [], last = repaired.at(-1);
  return (
    <>
      <p className="lead"><Text k="step.findings.lead" /></p>
      <Disclosure report={report}>
        {(report.disclosure?.smallGroups ?? 0) > 0 && <button type="button" disabled={busy} onClick={() => void act(async () => {
          const counts = await countUpload(report.id);
          go(`/publish/${segment(counts.id)}?step=3`);
          return counts;
        })}><Text k="disclosure.count" /></button>}
      </Disclosure>
      <div className="tools" aria-busy={busy}>
        {sure.length > 0 && <button type="button" className="primary" disabled={busy} onClick={() => void act(() => repair(report.id, 'all'))}><Text k="findings.all" values={{ n: sure.length }} /></button>}
        {last && <button type="button" disabled={busy} onClick={() => void act(() => undoRepair(report.id))}><Text k="findings.undo" values={{ name: say(last.title) }} /></button>}
        <span role="status">{last && <Text k="findings.done" values={{ name: say(last.title), n: last.cells }} />}</span>
      </div>
      {!report.findings.length && <Empty title={<Text k="findings.none" />}><p><Text k="findings.none.do" /></p></Empty>}
      {severities.map((severity) => <Group key={severity} severity={severity} findings={report.findings.filter((f) => f.severity === severity)} busy={busy} onRepair={(id) => void act(() => repair(report.id, [id]))} onShow={(f) => setTarget({ row: f.rows[0]!, column: f.column ?? '' })} />)}
      <Rows report={report} act={act} busy={busy} begin="findings" target={target} />
    </>
  );
}

/** What must not be published unseen: columns that look like personal data, groups so small that people can be recognised. */
export function Disclosure({ report, children }: Pick<StepProps, 'report'> & { children?: ReactNode }) {
  const { personal = [], quasi = [], smallGroups = 0 } = report.disclosure ?? {};
  if (!personal.length && !smallGroups) return null;
  return (
    <div className="banner warning" role="alert">
      <div>
        <p><strong><Text k="disclosure.title" /></strong></p>
        <ul>
          {personal.map((p) => <li key={p.column}><strong>{p.column}</strong>: {say(p.reason)}</li>)}
          {smallGroups > 0 && <li><Text k="disclosure.groups" values={{ n: smallGroups, columns: listed(quasi) }} /></li>}
        </ul>
        <p><Text k="disclosure.do" /></p>
        {children}
      </div>
    </div>
  );
}

interface GroupProps {
  severity: Severity;
  findings: Finding[];
  busy: boolean;
  onRepair: (id: string) => void;
  onShow: (finding: Finding) => void;
}

function Group({ severity, findings, busy, onRepair, onShow }: GroupProps) {
  if (!findings.length) return null;
  return (
    <section aria-labelledby={`${severity}-title`} className={`findings ${severity}`}>
      <h3 id={`${severity}-title`}><span className="mark" aria-hidden="true" /><Text k={`severity.${severity}`} values={{ n: findings.length }} /></h3>
      <ul>
        {findings.map((f) => (
          <li key={f.id} className="finding">
            <div>
              <p><strong>{say(f.message)}</strong></p>
              <p className="note">{listed([f.column, t('findings.count', { n: f.count })].filter((x): x is string => Boolean(x)))}{f.repair?.sure === false && <> · <Text k="findings.unsure" /></>}</p>
              {f.repair?.before !== undefined || f.repair?.after !== undefined ? (
                <p className="before-after"><del>{f.repair.before || t('cell.empty')}</del> <span aria-label={t('findings.becomes')} role="img">→</span> <ins>{f.repair.after || t('cell.empty')}</ins></p>
              ) : f.example && <p className="before-after"><del>{f.example}</del></p>}
            </div>
            <div className="links">
              {f.repair && <button type="button" disabled={busy} onClick={() => onRepair(f.repair!.id)}>{say(f.repair.title)}</button>}
              {f.rows.length > 0 && <button type="button" className="small" onClick={() => onShow(f)}><Text k="findings.show" /></button>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
