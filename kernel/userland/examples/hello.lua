-- lua hello.lua
local words = {}
for word in ("Hello from Lua on Breenix"):gmatch("%a+") do
  words[#words + 1] = word
end
print(table.concat(words, " ") .. "!")
