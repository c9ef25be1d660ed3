// Package v1beta1 stands in for the CustomResourceDefinition types: Helm only asks
// them to register themselves, so that their versions count as known.
package v1beta1

// AddToScheme does nothing: the scheme package's list already holds the version.
func AddToScheme(any) error { return nil }
