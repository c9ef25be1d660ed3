// Empty: a package with assembly may declare functions whose bodies the linker finds (upstream.go).
