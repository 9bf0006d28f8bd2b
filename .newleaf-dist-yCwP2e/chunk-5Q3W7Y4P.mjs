import {
  oneByOne
} from "./chunk-KNYWYU3O.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/record-sets.ts
var MOST_TRIES = 10;
function recordSetsProvider({ check, read, write }) {
  const turns = oneByOne();
  const merge = (location, changed) => turns(location.name, () => mergeNow(location, changed));
  async function mergeNow(location, changed) {
    for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
      const held = await read(location);
      const values = changed(held.values);
      if (values.length === held.values.length) return;
      try {
        await write(location, values, held);
        return;
      } catch (error) {
        if (!isFailure(error, "CONFLICT")) throw error;
      }
    }
    throw contested(location);
  }
  return {
    async check(location) {
      await (check ?? read)(location);
    },
    addTxt: (record) => merge(record, (values) => values.includes(record.value) ? values : [...values, record.value]),
    removeTxt: (record) => merge(record, (values) => values.filter((value) => value !== record.value))
  };
}
var contested = ({ name }) => new Failure("CONFLICT", `the TXT values at ${name} are changed by others faster than they can be read`, {
  fields: { name }
});

export {
  recordSetsProvider
};
