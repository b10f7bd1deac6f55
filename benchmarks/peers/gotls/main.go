// Go's crypto/tls client: gotls AUTHORITY HOST
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"time"
)

const (
	handshakePort = 4433
	bulkPort      = 4434
	chunk         = 1 << 16
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotls:", err)
		os.Exit(1)
	}
}

func dial(address string, port int, config *tls.Config) *tls.Conn {
	connection, err := tls.Dial("tcp", fmt.Sprintf("%s:%d", address, port), config)
	check(err)
	return connection
}

func handshakes(address string, seconds float64, config *tls.Config) int {
	count, start, bytes := 0, time.Now(), make([]byte, 1)
	for ; time.Since(start).Seconds() < seconds; count++ {
		connection := dial(address, handshakePort, config)
		if config.ClientSessionCache != nil && count > 0 && !connection.ConnectionState().DidResume {
			check(fmt.Errorf("not resumed"))
		}
		if _, err := connection.Read(bytes); err != io.EOF {
			check(fmt.Errorf("the end was expected: %v", err))
		}
		connection.Close()
	}
	return count
}

func transfer(address string, receive bool, seconds float64, config *tls.Config) int {
	sum, start, bytes := 0, time.Now(), make([]byte, chunk)
	connection := dial(address, bulkPort, config)
	defer connection.Close()
	move, first := connection.Write, "s"
	if receive {
		move, first = connection.Read, "r"
	}
	_, err := connection.Write([]byte(first))
	check(err)
	for time.Since(start).Seconds() < seconds {
		count, err := move(bytes)
		check(err)
		sum += count
	}
	return sum
}

func main() {
	if len(os.Args) != 3 {
		os.Exit(2)
	}
	authority, err := os.ReadFile(os.Args[1])
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	full := &tls.Config{
		RootCAs: roots, ServerName: os.Args[2], MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, CurvePreferences: []tls.CurveID{tls.X25519},
	}
	resumed := full.Clone()
	resumed.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	fmt.Println("ready")
	for input := bufio.NewReader(os.Stdin); ; {
		var verb, address string
		var seconds float64
		if _, err := fmt.Fscan(input, &verb, &address, &seconds); err != nil {
			return
		}
		start := time.Now()
		switch verb {
		case "full":
			fmt.Printf("{\"count\": %d", handshakes(address, seconds, full))
		case "resumed":
			fmt.Printf("{\"count\": %d", handshakes(address, seconds, resumed))
		default:
			fmt.Printf("{\"bytes\": %d", transfer(address, verb == "receive", seconds, full))
		}
		fmt.Printf(", \"seconds\": %.6f}\n", time.Since(start).Seconds())
	}
}
