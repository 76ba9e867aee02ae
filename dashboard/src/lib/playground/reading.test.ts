import { describe, expect, it } from 'vitest';
import { readTry } from './reading.ts';

describe('what was pasted', () => {
  it('is an update where it has the update’s number', () => {
    expect(readTry(' {"update_id": 5, "message": {}} ')).toEqual({
      update: { update_id: 5, message: {} }
    });
  });

  it.each(['hello', '{"update_id": 5', '{"text": "a"}', '[1]', 'null', '42', ''])(
    'is the text %j as it stands otherwise',
    (pasted) => {
      expect(readTry(pasted)).toEqual({ text: pasted });
    }
  );
});
