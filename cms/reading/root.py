"""What an operation can begin with. Each feature adds its own."""

from cms.reading.entity import Entity, Nodes

QUERY = Entity("Query", None, {}, fields={"node": Nodes(), "nodes": Nodes(many=True)})
