// Translate a CQL library, and evaluate it for people: node run_cql.mjs MODULES LIBRARY PEOPLE.
// Prints the definitions of each person as JSON; errors of the translator on standard error.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, file, cases] = process.argv.slice(2);
const url = (path) => pathToFileURL(`${modules}/${path}`).href;
const { CqlTranslator, LibraryManager, ModelManager, createModelInfoProvider, stringAsSource } =
  await import(url("@cqframework/cql/cql-to-elm.mjs"));
const cql = createRequire(url("package.json"))("cql-execution");

// The translator comes without the types of the language itself.
const types = ["Any", "Boolean", "Integer", "Long", "Decimal", "String", "Date", "DateTime", "Time"];
const classes = {
  Quantity: { value: "Decimal", unit: "String" },
  Ratio: { numerator: "Quantity", denominator: "Quantity" },
  Code: { code: "String", system: "String", version: "String", display: "String" },
  Concept: { display: "String" },
  Vocabulary: { id: "String", version: "String", name: "String" },
  CodeSystem: { id: "String" },
  ValueSet: { id: "String" },
};
const base = (name) => (name === "Any" ? "" : ' baseType="System.Any"');
const info = [
  '<m:modelInfo name="System" version="1.0.0" url="urn:hl7-org:elm-types:r1" ' +
    'targetQualifier="system" xmlns:m="urn:hl7-org:elm-modelinfo:r1" ' +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
  ...types.map((name) => `<m:typeInfo xsi:type="m:SimpleTypeInfo" name="${name}"${base(name)}/>`),
  ...Object.entries(classes).map(
    ([name, own]) =>
      `<m:typeInfo xsi:type="m:ClassInfo" name="${name}" baseType="System.Any">` +
      Object.entries(own)
        .map(([part, type]) => `<m:element name="${part}" type="System.${type}"/>`)
        .join("") +
      "</m:typeInfo>",
  ),
  "</m:modelInfo>",
].join("");

const manager = new ModelManager();
manager.modelInfoLoader.registerModelInfoProvider(
  createModelInfoProvider((id) => (id === "System" ? stringAsSource(info) : null)),
);
const text = readFileSync(file, "utf8");
const translated = CqlTranslator.fromText(text, new LibraryManager(manager)).toJson();
const elm = JSON.parse(translated);
const errors = (elm.library.annotation ?? []).filter((note) => note.errorSeverity === "error");
if (errors.length) {
  console.error(JSON.stringify(errors, null, 1));
  process.exit(1);
}
const library = new cql.Library(elm);
const results = [];
for (const person of JSON.parse(readFileSync(cases, "utf8"))) {
  const given = Object.entries(person).map(([name, value]) => [
    name,
    value !== null && typeof value === "object" ? cql.DateTime.parse(value.date).getDate() : value,
  ]);
  const executor = new cql.Executor(library, null, Object.fromEntries(given));
  const nobody = { currentPatient: () => null, nextPatient: () => null };
  results.push((await executor.exec(nobody)).unfilteredResults);
}
console.log(JSON.stringify(results));
