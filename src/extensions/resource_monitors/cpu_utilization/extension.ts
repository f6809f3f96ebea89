/** envoy.resource_monitors.cpu_utilization: how busy the processors of the machine, or of the container, are. */
import type { Extension } from '../../../api/extension.ts'
import type { CpuTimes } from './cpu-times.ts'
import { containerTimes, hostTimes } from './cpu-times.ts'
import { CpuUtilization } from './cpu-utilization.ts'

type Mode = 'HOST' | 'CONTAINER'

export const extension: Extension<Mode, 'envoy.resource_monitors'> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.cpu_utilization',
  typeNames: ['envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse(reader) {
    const mode = reader.enumeration<Mode>('mode', 'HOST')
    if (mode === 'CONTAINER' && containerTimes(0) === undefined) {
      reader.error('mode', 'NU279', 'No supported cgroup CPU implementation found')
    }
    return mode
  },
  create: (mode, { dispatcher }) => {
    const times = (): CpuTimes | undefined => (mode === 'HOST' ? hostTimes() : containerTimes(dispatcher.preciseNow()))
    const utilization = new CpuUtilization(times())
    return { kind: 'watched', read: () => utilization.update(times()), close: () => undefined }
  },
}
