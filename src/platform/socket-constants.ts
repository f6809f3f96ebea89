/** Numbers of the kernel's socket interface (Linux, all architectures that the runtime has). */
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10

export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000

export const IPPROTO_IP = 0
export const IP_TOS = 1
export const IP_FREEBIND = 15
export const IP_TRANSPARENT = 19
export const IP_BIND_ADDRESS_NO_PORT = 24
/** Of the packet filter, in both families: where a connection went before it was redirected. */
export const SO_ORIGINAL_DST = 80

export const IPPROTO_IPV6 = 41
export const IPV6_V6ONLY = 26
export const IPV6_TRANSPARENT = 75
export const IPV6_FREEBIND = 78

export const SOL_SOCKET = 1
export const SO_REUSEADDR = 2
export const SO_ERROR = 4
export const SO_KEEPALIVE = 9
export const SO_LINGER = 13
export const SO_REUSEPORT = 15
export const SO_MARK = 36

export const IPPROTO_TCP = 6
export const TCP_NODELAY = 1
export const TCP_KEEPIDLE = 4
export const TCP_KEEPINTVL = 5
export const TCP_KEEPCNT = 6
export const TCP_INFO = 11
export const TCP_FASTOPEN = 23

export const MSG_NOSIGNAL = 0x4000
export const SHUT_WR = 1

export const EINTR = 4
export const EAGAIN = 11
export const ENOMEM = 12
export const ENFILE = 23
export const EMFILE = 24
export const ENOBUFS = 105
export const EINPROGRESS = 115

/** Of `sockaddr_un.sun_path`. */
export const UNIX_PATH_MAX = 108
