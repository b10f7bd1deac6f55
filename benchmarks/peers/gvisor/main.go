// gVisor's netstack behind the commands of every peer (see ../../README.md).
//
//	gvisor TAP ADDRESS plain|gso      serves, says "ready", then takes `connects ADDRESS SECONDS` from standard input until its end
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	nic         = 1
	echoPort    = 7
	discardPort = 9
	holdPort    = 11
	closePort   = 13
	chargenPort = 19
	chunk       = 1 << 18
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "gvisor:", err)
		os.Exit(1)
	}
}

func checkTCPIP(err tcpip.Error) {
	if err != nil {
		check(fmt.Errorf("%s", err))
	}
}

func parse(address string) tcpip.Address { return tcpip.Address(net.ParseIP(address).To4()) }

// newStack makes a stack that is tuned as a server's would be: SACK, windows up to 8 MiB that grow by themselves.
func newStack(link stack.LinkEndpoint, address tcpip.Address) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	sack, moderate := tcpip.TCPSACKEnabled(true), tcpip.TCPModerateReceiveBufferOption(true)
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: 4096, Default: 1 << 20, Max: 8 << 20}
	send := tcpip.TCPSendBufferSizeRangeOption{Min: 4096, Default: 1 << 20, Max: 8 << 20}
	cubic := tcpip.CongestionControlOption("cubic")
	for _, option := range []tcpip.SettableTransportProtocolOption{&sack, &moderate, &receive, &send, &cubic} {
		checkTCPIP(s.SetTransportProtocolOption(tcp.ProtocolNumber, option))
	}
	checkTCPIP(s.CreateNIC(nic, link))
	checkTCPIP(s.AddProtocolAddress(nic, tcpip.ProtocolAddress{
		Protocol:          ipv4.ProtocolNumber,
		AddressWithPrefix: tcpip.AddressWithPrefix{Address: address, PrefixLen: 24},
	}, stack.AddressProperties{}))
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: nic}})
	return s
}

func serve(s *stack.Stack, address tcpip.Address, port uint16, handle func(net.Conn)) {
	listener, err := gonet.ListenTCP(s, tcpip.FullAddress{NIC: nic, Addr: address, Port: port}, ipv4.ProtocolNumber)
	check(err)
	go func() {
		for {
			connection, err := listener.Accept()
			check(err)
			go func() {
				handle(connection)
				connection.Close()
			}()
		}
	}()
}

func echo(connection net.Conn) {
	bytes := make([]byte, 4096)
	for {
		count, err := connection.Read(bytes)
		if err != nil {
			return
		}
		if _, err = connection.Write(bytes[:count]); err != nil {
			return
		}
	}
}

func discard(connection net.Conn) { readAll(connection, chunk) }

func hold(connection net.Conn) { readAll(connection, 1) }

func readAll(connection net.Conn, size int) {
	bytes := make([]byte, size)
	for {
		if _, err := connection.Read(bytes); err != nil {
			return
		}
	}
}

func chargen(connection net.Conn) {
	bytes := make([]byte, chunk)
	for {
		if _, err := connection.Write(bytes); err != nil {
			return
		}
	}
}

func connects(s *stack.Stack, peer tcpip.Address, seconds float64) {
	bytes := make([]byte, 1)
	count, start := 0, time.Now()
	for time.Since(start).Seconds() < seconds {
		connection, err := gonet.DialTCP(s, tcpip.FullAddress{NIC: nic, Addr: peer, Port: closePort}, ipv4.ProtocolNumber)
		check(err)
		if _, err = connection.Read(bytes); err != io.EOF {
			check(fmt.Errorf("the end of the stream was expected: %v", err))
		}
		connection.Close()
		count++
	}
	fmt.Printf("{\"count\": %d, \"seconds\": %.6f}\n", count, time.Since(start).Seconds())
}

func main() {
	if len(os.Args) != 4 {
		os.Exit(2)
	}
	link, err := openLink(os.Args[1], os.Args[3] == "gso")
	check(err)
	address := parse(os.Args[2])
	s := newStack(link, address)
	serve(s, address, echoPort, echo)
	serve(s, address, discardPort, discard)
	serve(s, address, holdPort, hold)
	serve(s, address, closePort, func(net.Conn) {})
	serve(s, address, chargenPort, chargen)
	fmt.Println("ready")
	for input := bufio.NewReader(os.Stdin); ; {
		var verb, peer string
		var amount float64
		if _, err := fmt.Fscan(input, &verb, &peer, &amount); err != nil || verb != "connects" {
			return
		}
		connects(s, parse(peer), amount)
	}
}
