/// Runs each of `tests` by name; one that fails does not keep the others from running. With `part` as "2/4" only the
/// second of four parts. Returns how many failed.
export async function run(tests, part = "1/1") {
  const [number, parts] = part.split("/").map(Number);
  let failed = 0;
  const chosen = Object.entries(tests).filter((_, i) => i % parts === number - 1);
  if (chosen.length === 0) throw new Error(`no test in part ${part}`);
  for (const [name, test] of chosen) {
    const start = performance.now();
    try {
      await test();
      console.log(`ok   ${name} (${Math.round(performance.now() - start)} ms)`);
    } catch (error) {
      ++failed;
      console.log(`FAIL ${name}\n${error.stack}`);
    }
  }
  return failed;
}
