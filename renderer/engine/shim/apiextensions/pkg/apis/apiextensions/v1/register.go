// Package v1 stands in for the CustomResourceDefinition types: Helm only asks
// them to register themselves, so that their versions count as known.
package v1

// AddToScheme does nothing: the scheme package's list already holds the version.
func AddToScheme(any) error { return nil }
