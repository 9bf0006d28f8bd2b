import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { describePeers } from '../support/describe-peers.ts'
import { AT_AWS, packageService, SITE } from '../support/packaged-service.ts'

const service = await packageService({ 'newleaf.yaml': AT_AWS + SITE })
afterAll(() => service.remove())

describePeers('the packaged template', ['cfnLint'], ({ cfnLint }) => {
  test('is what CloudFormation takes', async () => {
    // W3005: the framework repeats a dependency that CloudFormation sees by itself.
    const { stdout } = await promisify(execFile)(cfnLint, ['--ignore-checks', 'W3005', '--', service.templateFile])
    expect(stdout).toBe('')
  })
})
