import { describe, expect, it } from 'vitest';
import { findContainerId, findContainerIdInMounts, readContainerId } from '../../src/procfs/container.js';
import { makeTree } from './helpers.js';

const ID = '0123456789abcdef'.repeat(4);
const OTHER = 'fedcba9876543210'.repeat(4);

describe('findContainerId', () => {
  it.each([
    ['Docker, version 1', `12:memory:/docker/${ID}`],
    ['Docker, version 2', `0::/system.slice/docker-${ID}.scope`],
    ['Kubernetes with cgroupfs', `5:cpu:/kubepods/burstable/pod6a3c/${ID}`],
    ['containerd', `0::/kubepods.slice/kubepods-pod6a3c.slice/cri-containerd-${ID}.scope`],
    ['CRI-O', `0::/kubepods.slice/crio-${ID}.scope`],
    ['containerd’s own naming', `0::/system.slice/containerd.service/kubepods-pod1:cri-containerd:${ID}`],
    ['Podman', `0::/machine.slice/libpod-${ID}.scope/container`],
    ['a container in a container', `0::/docker/${OTHER}/docker/${ID}`],
    ['ECS', `9:cpu:/ecs/cluster/${ID}`],
  ])('knows %s', (_, cgroup) => {
    expect(findContainerId(`3:name=x:/\n${cgroup}\n`)).toBe(ID);
  });

  it('knows Fargate', () => {
    const id = `${'0123456789abcdef'.repeat(2)}-1234567890`;
    expect(findContainerId(`1:cpu:/ecs/${'0123456789abcdef'.repeat(2)}/${id}\n`)).toBe(id);
  });

  it.each([
    '0::/',
    '0::/user.slice/user-1000.slice/session-2.scope',
    `0::/machine.slice/libpod-conmon-${ID}.scope`,
    '',
  ])('finds none in %j', (cgroup) => {
    expect(findContainerId(cgroup)).toBeUndefined();
  });
});

describe('findContainerIdInMounts', () => {
  it.each([
    `600 590 254:1 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw - ext4 /dev/vda1 rw`,
    `600 590 0:50 /containers/overlay-containers/${ID}/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw`,
  ])('finds the id in a mount over /etc', (mount) => {
    expect(findContainerIdInMounts(`31 23 0:26 / / rw - overlay overlay rw\n${mount}\n`)).toBe(ID);
  });

  it('does not take a pod’s sandbox, nor a host’s own mount, for a container', () => {
    const sandbox = `6 5 8:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/${ID}/hostname /etc/hostname rw - ext4 a rw`;
    const data = `7 5 8:1 / /var/lib/docker/containers/${ID}/mounts/shm rw - tmpfs shm rw`;
    expect(findContainerIdInMounts(`${sandbox}\n${data}\n`)).toBeUndefined();
  });
});

it('the control group is asked first, then the mounts', () => {
  const mountinfo = `6 5 8:1 /var/lib/docker/containers/${OTHER}/hosts /etc/hosts rw - ext4 a rw\n`;
  expect(readContainerId(makeTree({ 'self/cgroup': `0::/docker/${ID}\n`, 'self/mountinfo': mountinfo }))).toBe(ID);
  expect(readContainerId(makeTree({ 'self/cgroup': '0::/\n', 'self/mountinfo': mountinfo }))).toBe(OTHER);
  expect(readContainerId(makeTree({}))).toBeUndefined();
});
