import { LanguageChoice } from '../../app/Header';
import { change, textSizes, themes, useSettings } from '../../app/settings';
import { t } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { MunicipalityChoice } from '../../ui/MunicipalityChoice';
import { PushSwitch } from '../../ui/PushSwitch';
import { RoleChoice } from '../../ui/RoleChoice';

export default function Settings() {
  const { theme, textSize, municipality, shortcuts } = useSettings();
  return (
    <>
      <h1><Text k="settings.title" /></h1>
      <p className="lead"><Text k="settings.lead" /></p>
      <section className="card"><h2><Text k="settings.language" /></h2><LanguageChoice /></section>
      <section className="card">
        <h2><Text k="settings.theme.title" /></h2>
        <div className="tabs" role="group" aria-label={t('settings.theme.title')}>{themes.map((n) => <button key={n} type="button" aria-pressed={n === theme} onClick={() => change({ theme: n })}><Text k={`settings.theme.${n}`} /></button>)}</div>
      </section>
      <section className="card">
        <h2><Text k="settings.size.title" /></h2>
        <div className="tabs" role="group" aria-label={t('settings.size.title')}>{textSizes.map((n) => <button key={n} type="button" aria-pressed={n === textSize} onClick={() => change({ textSize: n })}><Text k={`settings.size.${n}`} /></button>)}</div>
      </section>
      <section className="card"><h2><Text k="role.label" /></h2><RoleChoice /></section>
      <section className="card"><h2><Text k="settings.municipality.title" /></h2><MunicipalityChoice value={municipality} onChange={(id) => change({ municipality: id })} none={t('choose')} /></section>
      <PushSwitch />
      <section className="card"><h2><Text k="shortcuts.title" /></h2><label className="check"><input type="checkbox" checked={shortcuts} onChange={(e) => change({ shortcuts: e.target.checked })} /> <Text k="settings.shortcuts" /></label></section>
    </>
  );
}
