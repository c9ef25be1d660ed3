// Adds up the results that the test runs left in dist/test-results; a run that left none counts as a failure.
import { readdirSync, readFileSync } from 'node:fs';

const folder = 'dist/test-results';
let passed = 0;
let failed = 0;
let files = [];
try {
  files = readdirSync(folder);
} catch {
  failed = 1;
}
for (const file of files) {
  const result = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
  passed += result.numPassedTests;
  // A file that could not be loaded counts as a failed test of its own.
  failed += Math.max(result.numFailedTests, result.success ? 0 : 1);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
