// What the filters say to people; every word of a campaign comes from its definition.
import type { Campaign, Unit } from "@kit/door/types";
import { dayInText } from "@kit/words/times";
import { labelOf, say } from "@kit/words/words";
import { isFlag, type FilterName, type Filters } from "./filters";

export interface Choice {
  value: string;
  text: string;
}

function choicesOf(campaign: Campaign | undefined, part: "level" | "status"): Choice[] {
  const form = campaign?.forms.find((each) => each.form === campaign.report.form);
  const field = form?.fields.find((each) => each.name === campaign?.report[part]);
  return (field?.choices ?? []).map((each) => ({ value: each.value, text: labelOf(each) }));
}

export const kindChoices = (campaign: Campaign | undefined): Choice[] =>
  (campaign?.kinds ?? []).map((each) => ({ value: each.kind, text: labelOf(each) }));
export const levelChoices = (campaign: Campaign | undefined): Choice[] => choicesOf(campaign, "level");
export const formChoices = (campaign: Campaign | undefined): Choice[] =>
  (campaign?.forms ?? []).map((each) => ({ value: each.form, text: labelOf(each) }));

export function stateChoices(campaign: Campaign | undefined): Choice[] {
  return [...choicesOf(campaign, "status"), { value: "void", text: say("state.void") }];
}

export function stationChoices(campaign: Campaign | undefined): Choice[] {
  const roles = new Set((campaign?.forms ?? []).flatMap((form) => form.stations));
  const text = (role: string) => {
    const known = campaign?.roles.find((each) => each.role === role);
    return known ? labelOf(known) : role;
  };
  return [{ value: "mine", text: say("records.mine") }, ...[...roles].map((role) => ({ value: role, text: text(role) }))];
}

const kChoices: { [name in FilterName]?: (campaign: Campaign | undefined) => Choice[] } = {
  kind: kindChoices,
  level: levelChoices,
  state: stateChoices,
  form: formChoices,
};

function unitText(units: Unit[], code: string): string {
  return units.find((each) => each.code === code)?.name ?? code;
}

// What a filter narrows by: as the campaign calls the field, where it is one.
export function filterLabel(name: FilterName, campaign: Campaign | undefined): string {
  const part = name === "kind" || name === "level" ? name : name === "state" ? "status" : undefined;
  const form = campaign?.forms.find((each) => each.form === campaign.report.form);
  const field = part && form?.fields.find((each) => each.name === campaign?.report[part]);
  return field ? labelOf(field) : say(`records.filter.${name}`);
}

// A chip: what it narrows by, and to what.
export function chipText(filters: Filters, name: FilterName, campaign: Campaign | undefined, units: Unit[]): string {
  const label = filterLabel(name, campaign);
  if (isFlag(name)) return label;
  const value = String(filters[name] ?? "");
  return say("records.chip", { label, value: valueOf(name, value, campaign, units) });
}

function valueOf(name: FilterName, value: string, campaign: Campaign | undefined, units: Unit[]): string {
  if (name === "unit") return unitText(units, value);
  if (name === "review") return say(`state.${value}`);
  if (name === "from" || name === "to" || name === "changed_since") return dayInText(value);
  if (name === "station") {
    const [role = "", unit] = value.split("@");
    const text = stationChoices(campaign).find((each) => each.value === role)?.text ?? role;
    return unit === undefined ? text : say("records.roleAt", { role: text, unit: unit ? unitText(units, unit) : say("records.headquarters") });
  }
  return kChoices[name]?.(campaign).find((each) => each.value === value)?.text ?? value;
}

