package output

import "bytes"

// Document is one YAML document of a file.
type Document struct {
	Body []byte
	Line int // of its first line, counted from 0
}

// Documents splits a file at the lines that begin with "---", as Kubernetes' own reader does.
func Documents(file []byte) []Document {
	var docs []Document
	start, startLine, line := 0, 0, 0
	for at := 0; at < len(file); {
		end := bytes.IndexByte(file[at:], '\n')
		next := len(file)
		if end >= 0 {
			next = at + end + 1
		}
		if separator(file[at:next]) {
			docs = appendDocument(docs, file[start:at], startLine)
			start, startLine = next, line+1
		}
		at = next
		line++
	}
	return appendDocument(docs, file[start:], startLine)
}

// separator accepts "---" with anything that is only space or comment behind it.
func separator(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	if !ok {
		return false
	}
	rest = bytes.TrimSpace(rest)
	return len(rest) == 0 || rest[0] == '#'
}

func appendDocument(docs []Document, body []byte, line int) []Document {
	if len(bytes.TrimSpace(body)) == 0 {
		return docs
	}
	return append(docs, Document{Body: body, Line: line})
}
