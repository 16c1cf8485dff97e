// Calculates one measure with fqm-execution: node run.mjs FOLDER, where FOLDER holds node_modules, patients.ndjson (a bundle
// on each line) and measure.json. Writes result.json: seconds of reading and of calculating, and the populations of each patient.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";

const folder = process.argv[2];
const { Calculator } = createRequire(`${folder}/package.json`)("fqm-execution");
const measure = JSON.parse(readFileSync(`${folder}/measure.json`, "utf8"));
const options = {
  measurementPeriodStart: "2025-01-01",
  measurementPeriodEnd: "2025-12-31",
  calculateHTML: false,
  calculateSDEs: false,
  calculateClauseCoverage: false,
  calculateCoverage: false,
  disableHTMLOrdering: true,
  trustMetaProfile: false,
};

const rounds = [];
let populations = {};
for (let round = 0; round < 3; round += 1) {
  const began = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  const bundles = readFileSync(`${folder}/patients.ndjson`, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const { results } = await Calculator.calculate(measure, bundles, options);
  const { user, system } = process.cpuUsage(cpu);
  rounds.push({ wall: Number(process.hrtime.bigint() - began) / 1e9, cpu: (user + system) / 1e6 });
  populations = Object.fromEntries(results.map((item) => [
    item.patientId,
    Object.fromEntries(item.detailedResults[0].populationResults.map((one) => [one.populationType, one.result])),
  ]));
}
writeFileSync(`${folder}/result.json`, JSON.stringify({ rounds, populations }));
