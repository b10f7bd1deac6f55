package main

import (
	"encoding/binary"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/bufferv2"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/link/rawfile"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

const (
	mtu            = 1500
	mac            = tcpip.LinkAddress("\x02\x00\x00\x00\x00\x08")
	virtioSize     = 10 // linux/virtio_net.h: struct virtio_net_hdr
	needsChecksum  = 1
	segmentedTCPv4 = 1
	largestGSO     = 65535 - 40 - 60
	offloads       = 1 | 2 // linux/if_tun.h: TUN_F_CSUM, TUN_F_TSO4
)

type interfaceRequest struct {
	name  [unix.IFNAMSIZ]byte
	flags uint16
	_     [22]byte
}

// openLink opens a TAP: without offload on gVisor's own endpoint, with it on ours, because gVisor's takes a virtio header on sockets only.
func openLink(name string, gso bool) (stack.LinkEndpoint, error) {
	file, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	request := interfaceRequest{flags: unix.IFF_TAP | unix.IFF_NO_PI}
	copy(request.name[:], name)
	if gso {
		request.flags |= unix.IFF_VNET_HDR
	}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(file), unix.TUNSETIFF, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return nil, errno
	}
	if !gso {
		return fdbased.New(&fdbased.Options{FDs: []int{file}, MTU: mtu, EthernetHeader: true, Address: mac})
	}
	size := int32(virtioSize)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(file), unix.TUNSETVNETHDRSZ, uintptr(unsafe.Pointer(&size))); errno != 0 {
		return nil, errno
	}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(file), unix.TUNSETOFFLOAD, offloads); errno != 0 {
		return nil, errno
	}
	return &endpoint{file: file}, nil
}

// endpoint is a link on a TAP with a virtio header: checksums and segmentation are the other side's.
type endpoint struct {
	file       int
	once       sync.Once
	dispatcher stack.NetworkDispatcher
}

func (*endpoint) MTU() uint32                             { return mtu }
func (*endpoint) MaxHeaderLength() uint16                 { return header.EthernetMinimumSize }
func (*endpoint) LinkAddress() tcpip.LinkAddress          { return mac }
func (*endpoint) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }
func (*endpoint) GSOMaxSize() uint32                      { return largestGSO }
func (*endpoint) SupportedGSO() stack.SupportedGSO        { return stack.HostGSOSupported }
func (*endpoint) Wait()                                   {}
func (e *endpoint) IsAttached() bool                      { return e.dispatcher != nil }

// Capabilities leaves the sum of what is sent to gVisor where it makes no GSO packet of it, such as a SYN: for those it says nothing of a sum to finish.
func (*endpoint) Capabilities() stack.LinkEndpointCapabilities {
	return stack.CapabilityResolutionRequired | stack.CapabilityRXChecksumOffload
}

func (e *endpoint) Attach(dispatcher stack.NetworkDispatcher) {
	e.dispatcher = dispatcher
	e.once.Do(func() { go e.receive() })
}

func (*endpoint) AddHeader(packet stack.PacketBufferPtr) {
	header.Ethernet(packet.LinkHeader().Push(header.EthernetMinimumSize)).Encode(&header.EthernetFields{
		SrcAddr: packet.EgressRoute.LocalLinkAddress,
		DstAddr: packet.EgressRoute.RemoteLinkAddress,
		Type:    packet.NetworkProtocolNumber,
	})
}

func (e *endpoint) WritePackets(packets stack.PacketBufferList) (int, tcpip.Error) {
	sent := 0
	for _, packet := range packets.AsSlice() {
		if err := e.write(packet); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

func (e *endpoint) write(packet stack.PacketBufferPtr) tcpip.Error {
	var virtio [virtioSize]byte
	if gso := packet.GSOOptions; gso.Type != stack.GSONone {
		if gso.NeedsCsum {
			virtio[0] = needsChecksum
			binary.LittleEndian.PutUint16(virtio[6:], header.EthernetMinimumSize+gso.L3HdrLen)
			binary.LittleEndian.PutUint16(virtio[8:], gso.CsumOffset)
		}
		if packet.Data().Size() > int(gso.MSS) {
			virtio[1] = segmentedTCPv4
			binary.LittleEndian.PutUint16(virtio[2:], uint16(packet.HeaderSize()))
			binary.LittleEndian.PutUint16(virtio[4:], gso.MSS)
		}
	}
	views := packet.AsSlices()
	var few [16]unix.Iovec
	parts := rawfile.AppendIovecFromBytes(few[:0], virtio[:], len(views)+1)
	for _, view := range views {
		parts = rawfile.AppendIovecFromBytes(parts, view, len(views)+1)
	}
	return rawfile.NonBlockingWriteIovec(e.file, parts)
}

// receive reads straight into gVisor's pooled views: a small one, and a large one that only a segment of many packets reaches.
func (e *endpoint) receive() {
	sizes := [...]int{2048, 65536}
	var views [len(sizes)]*bufferv2.View
	var virtio [virtioSize]byte
	parts := make([]unix.Iovec, 1+len(sizes))
	parts[0] = rawfile.IovecFromBytes(virtio[:])
	never, err := unix.Eventfd(0, 0)
	check(err)
	for {
		for i, size := range sizes {
			if views[i] == nil {
				views[i] = bufferv2.NewViewSize(size)
				parts[1+i] = rawfile.IovecFromBytes(views[i].AsSlice())
			}
		}
		count, err := rawfile.BlockingReadvUntilStopped(never, e.file, parts)
		checkTCPIP(err)
		count -= virtioSize
		frame := bufferv2.Buffer{}
		for i := 0; i < len(sizes) && count > 0; i++ {
			if count < sizes[i] {
				views[i].CapLength(count)
			}
			count -= sizes[i]
			frame.Append(views[i])
			views[i] = nil
		}
		e.deliver(frame)
	}
}

func (e *endpoint) deliver(frame bufferv2.Buffer) {
	packet := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: frame})
	defer packet.DecRef()
	if ethernet, ok := packet.LinkHeader().Consume(header.EthernetMinimumSize); ok {
		e.dispatcher.DeliverNetworkPacket(header.Ethernet(ethernet).Type(), packet)
	}
}
