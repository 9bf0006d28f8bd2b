import {
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/records.ts
function recordsProvider({ check, list, add, remove }) {
  const idsOf = async (record) => (await list(record)).filter(({ value }) => value === record.value).map(({ id }) => id);
  return {
    async check(location) {
      await (check ?? list)(location);
    },
    async addTxt(record) {
      if ((await idsOf(record)).length === 0) await add(record);
    },
    async removeTxt(record) {
      for (const id of await idsOf(record)) {
        try {
          await remove(record, id);
        } catch (error) {
          if (!isFailure(error, "NOT_FOUND")) throw error;
        }
      }
    }
  };
}

export {
  recordsProvider
};
