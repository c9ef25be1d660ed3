// Package kubernetes stands in for client-go's typed clients; nothing is in it.
package kubernetes
