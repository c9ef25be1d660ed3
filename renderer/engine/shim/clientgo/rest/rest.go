// Package rest stands in for client-go's: a renderer has no cluster to configure.
package rest

// Config is never filled.
type Config struct{}
