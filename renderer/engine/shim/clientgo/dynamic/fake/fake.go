// Package fake exists only because Helm's own tests name it; nothing is in it.
package fake
