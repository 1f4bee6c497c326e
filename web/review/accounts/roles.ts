// The roles that there are: the two that headquarters has itself, and those of the campaigns.
import { labelOf, say } from "@kit/words/words";
import { computed } from "vue";
import { useCampaign } from "../campaign";

export interface RoleChoice {
  role: string;
  label: string;
}

export function useRoles() {
  const { all, open } = useCampaign();
  const own = computed<RoleChoice[]>(() => ["administrator", "viewer"].map((role) => ({ role, label: say(`accounts.role.${role}`) })));
  const known = computed(() => {
    const out = new Map<string, string>();
    for (const campaign of all.value) {
      for (const role of campaign.roles) if (!out.has(role.role) || !campaign.withdrawn) out.set(role.role, labelOf(role));
    }
    return out;
  });
  // What campaigns in force have.
  const ofCampaigns = computed<RoleChoice[]>(() => {
    const keys = new Set(open.value.flatMap((campaign) => campaign.roles.map((role) => role.role)));
    return [...keys].map((role) => ({ role, label: known.value.get(role) ?? role }));
  });
  const choices = computed(() => [...own.value, ...ofCampaigns.value]);
  const text = (role: string): string => own.value.find((each) => each.role === role)?.label ?? known.value.get(role) ?? role;
  return { choices, ofCampaigns, text, all, open };
}
