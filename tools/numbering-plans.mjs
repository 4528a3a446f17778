// Makes src/Estafette.Protocols/Phones/numbering-plans.tsv from the numbering-plan metadata of npm libphonenumber-js.
// Usage: npm pack libphonenumber-js@1.13.16 && tar xzf libphonenumber-js-1.13.16.tgz
//        node tools/numbering-plans.mjs package/metadata.max.json package/package.json > src/Estafette.Protocols/Phones/numbering-plans.tsv
// Metadata version 4: [callingCode, iddPrefix, pattern, lengths, formats, nationalPrefix, formatRule, nationalPrefixForParsing,
// transformRule, optionalPrefix, leadingDigits, types]; types: [fixed, mobile, tollFree, premium, personal, voicemail, uan, pager, voip, shared]
import { readFileSync } from "node:fs";

const [metadataFile, packageFile] = process.argv.slice(2);
const metadata = JSON.parse(readFileSync(metadataFile, "utf8"));
const { version } = JSON.parse(readFileSync(packageFile, "utf8"));
if (metadata.version !== 4) throw new Error(`metadata version ${metadata.version}, this script knows 4`);

const lines = [
  `# Numbering plans from libphonenumber-js ${version}; made by tools/numbering-plans.mjs, do not edit.`,
  "# country, calling code, IDD prefix, national prefix, prefix for parsing, transform, lengths, pattern, mobile (= when the plan has no mobile range of its own), fixed, other, leading digits",
];
const text = (value) => value || "";
const type = (types, n) => text(types?.[n]?.[0]);

const zones = Object.entries(metadata.country_calling_codes).filter(([code]) => !metadata.nonGeographic[code]);
const services = Object.keys(metadata.nonGeographic).map((code) => [code, ["001"]]);
for (const [callingCode, countries] of [...zones, ...services]) {
  for (const country of countries) {
    const plan = metadata.countries[country] ?? metadata.nonGeographic[callingCode];
    const [, idd, pattern, lengths, , national, , forParsing, transform, , leading, types] = plan;
    const other = [2, 3, 4, 5, 6, 7, 8, 9].map((n) => type(types, n)).filter(Boolean).join("|");
    const row = [country, callingCode, text(idd), text(national), text(forParsing || national), text(transform), (lengths ?? []).join(","),
      pattern, type(types, 1) || (types ? "=" : ""), type(types, 0), other, text(leading)];
    if (row.some((cell) => /[\t\n]/.test(cell))) throw new Error(`tab or line end in ${country}`);
    lines.push(row.join("\t"));
  }
}
console.log(lines.join("\n"));
