package tree

import "sort"

// Reads is everything that a render looked at. Its result can only change when
// one of these changes: the content of a file (a followed link counts as one),
// the names in a directory, a missing path that appears, or a path that was only
// probed and disappears or changes its kind.
type Reads struct {
	Files   []string `json:"files"`
	Dirs    []string `json:"dirs"`
	Missing []string `json:"missing"`
	Probed  []string `json:"probed"`
}

type set map[string]struct{}

type reads struct {
	files, dirs, missing, probed, needed set
	escaped                              bool
}

func newReads() reads {
	return reads{files: set{}, dirs: set{}, missing: set{}, probed: set{}, needed: set{}}
}

func (r *reads) file(p string)   { r.files[p] = struct{}{} }
func (r *reads) dir(p string)    { r.dirs[p] = struct{}{} }
func (r *reads) absent(p string) { r.missing[p] = struct{}{} }
func (r *reads) probe(p string)  { r.probed[p] = struct{}{} }
func (r *reads) need(p string)   { r.needed[p] = struct{}{} }

// report leaves out the probes that a stronger entry covers: a file that was
// read, a directory that was listed or that holds one of those.
func (r *reads) report() Reads {
	covered := set{"": {}}
	for _, stronger := range []set{r.files, r.dirs} {
		for p := range stronger {
			covered[p] = struct{}{}
			for i := len(p) - 1; i > 0; i-- {
				if p[i] == '/' {
					covered[p[:i]] = struct{}{}
				}
			}
		}
	}
	probed := set{}
	for p := range r.probed {
		if _, ok := covered[p]; !ok {
			probed[p] = struct{}{}
		}
	}
	return Reads{Files: sorted(r.files), Dirs: sorted(r.dirs), Missing: sorted(r.missing), Probed: sorted(probed)}
}

func sorted(s set) []string {
	out := make([]string, 0, len(s))
	for p := range s {
		out = append(out, p)
	}
	sort.Strings(out)
	return out
}
