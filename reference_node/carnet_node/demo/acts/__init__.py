"""The six acts: each is a function of the theatre that returns facts, and raises `Surprise` where one does not hold.

Facts are plain data; `carnet_node.demo.render` shows them to people, tests assert them.
"""
