// The campaign in the address, and what it says of forms, kinds and roles.
import type { Campaign, Form } from "@kit/door/types";
import { formOf } from "@kit/forms/values";
import { useAsked } from "@kit/server/queries";
import { labelOf } from "@kit/words/words";
import { computed, inject, provide, type InjectionKey } from "vue";
import { useRoute } from "vue-router";

// In the address where there is none.
export const kNoCampaign = "-";

function readCampaign() {
  const route = useRoute();
  const asked = useAsked("campaigns.list", { withdrawn: true });
  const all = computed<Campaign[]>(() => asked.data.value?.lines ?? []);
  const open = computed(() => all.value.filter((each) => !each.withdrawn));
  const key = computed(() => String(route.params["campaign"] || kNoCampaign));
  const campaign = computed(() => all.value.find((each) => each.campaign === key.value));
  const form = (name: string): Form | undefined => formOf(campaign.value, name);
  // The form of a record, of the campaign that the record stands in.
  const formAsOf = (record: { campaign?: string; form: string }): Form | undefined => formOf(all.value.find((each) => each.campaign === record.campaign), record.form);
  // What of a request is of this campaign alone.
  const narrowed = computed<{ campaign?: string }>(() => (key.value === kNoCampaign ? {} : { campaign: key.value }));
  const roleText = (role: string): string => {
    const known = campaign.value?.roles.find((each) => each.role === role);
    return known ? labelOf(known) : role;
  };
  return { asked, all, formAsOf, open, key, campaign, form, narrowed, roleText };
}

const kCampaign: InjectionKey<ReturnType<typeof readCampaign>> = Symbol("campaign");

// Read once, by the frame round all views: each link of a table asks for it.
export function provideCampaign() {
  const read = readCampaign();
  provide(kCampaign, read);
  return read;
}

export function useCampaign() {
  const read = inject(kCampaign);
  if (!read) throw new Error("no frame provides the campaign");
  return read;
}

// A record's name in three parts, as the door takes it: UNIT/FORM/ID.
export function nameOf(record: { unit: string; form: string; record: string }): string {
  return `${record.unit}/${record.form}/${record.record}`;
}

export function addressOf(campaign: string, record: { unit: string; form: string; record: string }) {
  return { name: "record", params: { campaign, unit: record.unit, form: record.form, id: record.record } };
}
