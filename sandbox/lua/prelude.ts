/**
 * Argo CD's scripts are written for Lua 5.1; the engine is 5.4. This runs before each script: it takes away what reaches outside or can harm the
 * engine, and gives back what 5.1 had. What Argo CD opens is in its util/lua/lua.go: the base functions, `table` and a small `os`; with
 * `useOpenLibs` every library. Here that never includes io, debug, and what of os and package runs programs or reads files.
 */
const BOTH = `
local os_time, os_date, load_text, floor = os.time, os.date, load, math.floor
local math_type, string_format, gsub = math.type, string.format, string.gsub
os, io, debug, package, dofile, loadfile, collectgarbage, warn, utf8 = nil
os = { time = os_time, date = os_date }
print = function() end
load = function(chunk, name, _, env) return load_text(chunk, name, 't', env or _G) end
loadstring = function(text, name) return load_text(text, name, 't', _G) end
unpack = table.unpack
table.getn = function(t) return #t end
table.maxn = function(t)
  local most = 0
  for k in pairs(t) do if type(k) == 'number' and k > most then most = k end end
  return most
end
string.dump = nil
string.gfind = string.gmatch
string.format = function(format, ...)
  local given = { ... }
  local at = 0
  gsub(gsub(format, '%%%%', ''), '%%[-+ #0-9.]*(%a)', function(verb)
    at = at + 1
    local value = tonumber(given[at])
    if (verb == 'd' or verb == 'i' or verb == 'x' or verb == 'X' or verb == 'o' or verb == 'c') and math_type(value) == 'float' then
      given[at] = value < 0 and -floor(-value) or floor(value)
    end
  end)
  return string_format(format, unpack(given, 1, select('#', ...)))
end
math.pow = function(x, y) return x ^ y end
math.mod = math.fmod
math.log10 = function(x) return math.log(x, 10) end
local modules = { os = os, table = table, string = string, math = math, coroutine = coroutine }
require = function(name)
  return modules[name] or error("module '" .. tostring(name) .. "' is not available to health checks", 2)
end
`;

const CLOSED = `
modules.string, modules.math, modules.coroutine = nil
os, string, math, coroutine = nil
getmetatable('').__index = nil
`;

/** The prelude, with or without the libraries that `useOpenLibs` opens. */
export const PRELUDE = { open: BOTH, closed: BOTH + CLOSED } as const;
