// What is used of it: the package is there only where pages are measured.
declare module "lighthouse" {
  interface Audit {
    id: string;
    score: number | null;
  }
  interface Found {
    lhr: {
      audits: Record<string, Audit>;
      categories: Record<string, { score: number | null; auditRefs: { id: string; weight: number }[] } | undefined>;
    };
  }
  export default function lighthouse(address: string, flags: { port: number; disableStorageReset: boolean; logLevel: string; onlyCategories: string[] }): Promise<Found | undefined>;
}
