import { AUTHORITATIVE_ANSWER, encode } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { firstMessage, framed } from '../../lib/dns/framing.ts'
import { queryFor, readAnswer } from '../../lib/dns/message.ts'
import { NoAnswer, noAnswer, reasonText } from '../../lib/dns/no-answer.ts'

const question = { name: 'shop.example', type: 'TXT' } as const
const answer = (asked: object, flags = 0) =>
  encode({ type: 'response', id: 7, flags, questions: [asked as typeof question], answers: [] })
/** The header alone: who cannot read a question sends none back. */
const FORMERR = Buffer.from([0, 7, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0])

describe('a DNS message', () => {
  test.each([
    ['of the question, whatever its case', answer({ ...question, name: 'SHOP.example' }), 'NOERROR'],
    ['of nothing but a header', FORMERR, 'FORMERR'],
  ])('%s is an answer', (_, bytes, rcode) => {
    expect(readAnswer(bytes, 7, question)).toMatchObject({ rcode, answers: [], authorities: [] })
  })

  test.each([
    ['to another name', answer({ ...question, name: 'other.example' })],
    ['to another type', answer({ ...question, type: 'A' })],
    ['with another id', encode({ type: 'response', id: 8, questions: [question] })],
    ['that is a query', queryFor(question, 7)],
    ['that is cut short in its header', FORMERR.subarray(0, 11)],
    ['of nothing', Buffer.alloc(0)],
  ])('%s is no answer to the question', (_, bytes) => {
    expect(readAnswer(bytes, 7, question)).toBeUndefined()
  })

  test('that is cut short behind its header cannot be read', () => {
    const cut = answer(question).subarray(0, 20)
    expect(() => readAnswer(cut, 7, question)).toThrow(expect.objectContaining({ code: 'EBADRESP' }))
  })

  test('says whether its sender is an authority for the name', () => {
    expect(readAnswer(answer(question, AUTHORITATIVE_ANSWER), 7, question)?.isAuthoritative).toBe(true)
    expect(readAnswer(answer(question), 7, question)?.isAuthoritative).toBe(false)
  })
})

describe('a DNS message on a connection', () => {
  test.each([0, 1, 255, 256, 65_535])('of %i bytes comes as it went, with its length before it', (length) => {
    const message = Buffer.alloc(length, 'a')
    const sent = framed(message)
    expect(sent.subarray(0, 2).readUInt16BE()).toBe(length)
    expect(firstMessage(sent)).toEqual(message)
    expect(firstMessage(Buffer.concat([sent, Buffer.from('next')]))).toEqual(message)
  })

  test('is none until all of it is there', () => {
    const sent = framed(Buffer.from('abc'))
    for (let length = 0; length < sent.length; length++) expect(firstMessage(sent.subarray(0, length))).toBeUndefined()
  })
})

describe('why there is no answer', () => {
  test.each([
    ['ESERVFAIL', 'SERVFAIL'],
    ['EREFUSED', 'REFUSED'],
    ['ENOTIMP', 'NOTIMP'],
    ['EFORMERR', 'FORMERR'],
    ['ETIMEOUT', 'no answer in time'],
    ['ECONNREFUSED', 'it cannot be reached'],
    ['EBADRESP', 'an answer that cannot be read'],
    ['ELAME', 'it does not hold the zone'],
    ['HTTP 403', 'HTTP 403'],
  ])('%s is told as: %s', (code, text) => {
    expect(reasonText(code)).toBe(text)
  })

  test('is the code of the system; a fault of the program stays what it is', () => {
    const [known, fault] = [new NoAnswer('ELAME'), new TypeError('a fault')]
    expect(noAnswer(known)).toBe(known)
    expect(noAnswer(fault)).toBe(fault)
    const refused = noAnswer(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))
    expect(refused).toBeInstanceOf(NoAnswer)
    expect(String(refused)).toBe('NoAnswer: ECONNREFUSED')
  })
})
