// Go's crypto/tls under net/http: fileserver ADDRESS CHAIN.pem KEY.pem TICKETS FOLDER UPLOADS
// Serves the files of FOLDER, stores what is PUT in UPLOADS, and prints for each request whether its session was resumed.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
)

type site struct{ folder, uploads string }

func (s site) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	fmt.Println("resumed", request.TLS.DidResume)
	name := filepath.Base(request.URL.Path)
	if request.Method == http.MethodPut {
		file, err := os.Create(filepath.Join(s.uploads, name))
		if err == nil {
			_, err = io.Copy(file, request.Body)
			file.Close()
		}
		if err != nil {
			log.Fatal(err)
		}
		response.WriteHeader(http.StatusCreated)
		return
	}
	http.ServeFile(response, request, filepath.Join(s.folder, name))
}

func main() {
	address, chain, key, tickets, folder, uploads := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]
	server := http.Server{
		Addr:      address,
		Handler:   site{folder, uploads},
		TLSConfig: &tls.Config{SessionTicketsDisabled: tickets == "false"},
		// HTTP/1.1 only: what is tested is below it.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	log.Fatal(server.ListenAndServeTLS(chain, key))
}
