for (const suite of process.env.SUITES.split(',')) await import('/work/wt/region/tests/e2e/'+suite);
await (await import('/work/wt/region/tests/e2e/program.mjs')).finish();
