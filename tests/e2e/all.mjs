// One after the other: they share one program.
for (const suite of ['./budget.mjs', './portal.mjs', './plan.mjs', './alarms.mjs', './things.mjs', './opendata.mjs', './every-page.mjs', './offline.mjs', './trust.mjs']) await import(suite);
await (await import('./program.mjs')).finish();
